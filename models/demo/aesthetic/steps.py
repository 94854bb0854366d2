"""What one worker does in a step of either stage: look at its pictures, read its prompts, sum up the loss."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.demo.aesthetic.architecture import PATCH
from models.demo.aesthetic.batches import Questions, ask, encode
from models.demo.aesthetic.flaws import COMPOSITION, FLAWS
from models.demo.aesthetic.labels import Learner
from models.demo.aesthetic.pictures import PIXELS, SIDE, flaw_of, normalise
from models.demo.aesthetic.plan import STAGES, Stage, Task
from models.demo.aesthetic.preferences import near, ordered_right, preference_loss
from models.demo.aesthetic.reading import read
from models.demo.semantic.local_labels import patch_labels
from models.demo.semantic.pictures import augment

SHOWN: Final[dict[Stage, tuple[str, ...]]] = {
    "pictures": ("whole", "patches", "flaws"),
    "preferences": ("whole", "words", "preferences"),
}
"""Names of the figures of a stage's steps."""


class Steps:
    """One worker's losses, step by step; the workers go through the same order and take every other part of it."""

    def __init__(self, task: Task, learner: Learner, rank: int) -> None:
        self._plan, self._stage, self._rank = task.plan, task.stage, rank
        self._model, self._labeller = learner.model, learner.labeller
        self._drawn, self._sampler, self._ids = task.material.drawn, task.material.sampler, task.material.ids
        self._pixels: NDArray[np.uint8] = np.load(task.material.cache / PIXELS, mmap_mode="r")
        self._flaws = np.array([FLAWS.index(flaw_of(self._plan.seed, row)) for row in range(len(self._pixels))])
        number = STAGES.index(self._stage)
        self._order_rng = np.random.Generator(np.random.PCG64([self._plan.seed, 5, number]))
        self._rng = np.random.Generator(np.random.PCG64([self._plan.seed, 6, number, rank]))
        self._order = np.empty(0, np.int64)

    def next(self) -> tuple[Tensor, tuple[float, ...]]:
        """The next step's loss, and its figures."""
        return self._pictures() if self._stage == "pictures" else self._preferences()

    def check(self) -> str:
        """How well the stage does on the pairs that are kept back, in words."""
        self._model.eval()
        with torch.inference_mode():
            said = self._check_pictures() if self._stage == "pictures" else self._check_preferences()
        self._model.train()
        return said

    def _pictures(self) -> tuple[Tensor, tuple[float, ...]]:
        mine = self._next(1, self._plan.batch)
        spoilt = self._rng.random(len(mine)) < self._plan.flawed
        _, (whole, patches, flaws), _ = self._look(mine, spoilt)
        return whole + 0.5 * patches + flaws, (whole.item(), patches.item(), flaws.item())

    def _preferences(self) -> tuple[Tensor, tuple[float, ...]]:
        pairs = self._next(2, self._plan.pairs)
        mine, spoilt, which = self._triples(pairs, self._rng)
        tokens, (whole, patches, flaws), uncut = self._look(mine, spoilt)
        questions = ask(self._drawn.truth[2 * pairs[:, None] + np.arange(2)], which, self._sampler, self._rng)
        scores, said = self._answer(tokens, questions, mine, uncut)
        preferences = preference_loss(scores, questions)
        loss = whole + 0.5 * patches + flaws + 2 * said + 2 * preferences
        return loss, (whole.item(), said.item(), preferences.item())

    def _check_pictures(self) -> str:
        mine = (2 * self._kept_back()[:, None] + np.arange(2)).ravel()
        seen = self._labeller.seen(self._tokens(self._pixels[mine, 0])).numpy()
        truth = self._drawn.truth[mine]
        differ = truth[::2] != truth[1::2]
        return f"differing labels {((seen[::2] > seen[1::2]) == truth[::2])[differ].mean():.3f}"

    def _check_preferences(self) -> str:
        rng, pairs = np.random.Generator(np.random.PCG64([self._plan.seed, 7])), self._kept_back()
        mine, spoilt, which = self._triples(pairs, rng)
        questions = ask(self._drawn.truth[2 * pairs[:, None] + np.arange(2)], which, self._sampler, rng)
        tokens = self._tokens(self._pixels[mine, spoilt.astype(np.int64)])
        scores, _ = read(self._model, tokens, encode(questions.prompts, self._ids), questions.asked)
        shares = ordered_right(scores.numpy(), near(questions))
        return " ".join(f"{kind} {share:.3f}" for kind, share in shares.items())

    def _kept_back(self) -> NDArray[np.int64]:
        return np.arange(len(self._pixels) // 2)[-self._plan.kept_back :]

    def _tokens(self, pixels: NDArray[np.uint8]) -> Tensor:
        scaled = normalise(pixels.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1)
        return self._model.image_tokens(torch.from_numpy(scaled))

    @staticmethod
    def _triples(
        pairs: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
        """Pictures, three a pair: both, and one of them spoilt; which pictures are; and which of a pair it is."""
        which = rng.integers(0, 2, len(pairs))
        mine = np.stack([2 * pairs, 2 * pairs + 1, 2 * pairs + which], axis=1).ravel()
        return mine, np.tile([False, False, True], len(pairs)), which

    def _answer(
        self, tokens: Tensor, questions: Questions, mine: NDArray[np.int64], uncut: NDArray[np.bool_]
    ) -> tuple[Tensor, Tensor]:
        words = encode(questions.prompts, self._ids)
        scores, hidden = read(self._model, tokens, words, questions.asked)
        held = torch.from_numpy(self._drawn.truth[mine].astype(np.float32))
        return scores, self._labeller.of_words(hidden, words.filters[questions.asked], held, uncut)

    def _next(self, group: int, count: int) -> NDArray[np.int64]:
        """This worker's next `count` pictures, or pairs of them, sorted; each once before any twice."""
        everyone = count * self._plan.workers
        there = (len(self._pixels) // 2 - self._plan.kept_back) * 2 // group
        while len(self._order) < everyone:
            self._order = np.concatenate([self._order, self._order_rng.permutation(there)])
        mine, self._order = self._order[self._rank * count :][:count], self._order[everyone:]
        return np.sort(mine)

    def _look(
        self, mine: NDArray[np.int64], spoilt: NDArray[np.bool_]
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor], NDArray[np.bool_]]:
        """Image tokens of pictures, spoilt or not; the losses of what is read off them; and which of them are uncut."""
        shown = augment(self._pixels[mine, spoilt.astype(np.int64)], self._drawn.boxes[mine], self._rng)
        tokens = self._model.image_tokens(torch.from_numpy(normalise(shown.pixels)))
        kinds = self._flaws[mine]
        uncut = ~(spoilt & (kinds >= len(FLAWS) - len(COMPOSITION)))
        flaws = np.zeros((len(mine), len(FLAWS)), np.float32)
        flaws[np.flatnonzero(spoilt), kinds[spoilt]] = 1
        held = torch.from_numpy(self._drawn.truth[mine].astype(np.float32))
        local = patch_labels(shown.boxes, self._drawn.people[mine], SIDE // PATCH)
        return tokens, self._labeller.of_pictures(tokens, held, torch.from_numpy(flaws), local, uncut), uncut
