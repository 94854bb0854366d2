"""Trains the demo ImageReward from scratch: first the image encoder on the drawn truth, then all on preferences."""

import copy
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from models.aesthetic.reward_model import RewardModel
from models.demo.aesthetic.architecture import PATCH
from models.demo.aesthetic.batches import Questions, Words, ask, encode
from models.demo.aesthetic.flaws import COMPOSITION, FLAWS
from models.demo.aesthetic.losses import Labeller, preference_loss
from models.demo.aesthetic.pictures import PIXELS, SIDE, flaw_of, normalise
from models.demo.aesthetic.prompts import PromptSampler
from models.demo.semantic.gradients import SharedGradients, run_workers
from models.demo.semantic.local_labels import patch_labels
from models.demo.semantic.pictures import Drawn, augment


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and on what to train. `batch` (pictures) and `pairs` are of one worker's step, in the first stage and in
    the second.
    """

    seed: int = 20261120
    scenes: int = 6_000
    """Training pairs; twice as many pictures, each also with a flaw."""
    image_steps: int = 1_200
    text_steps: int = 1_000
    batch: int = 64
    pairs: int = 20
    flawed: float = 0.35
    """Share of spoilt pictures in the first stage."""
    learning_rate: float = 6e-3
    head_rate: float = 1e-3
    weight_decay: float = 0.1
    warmup_steps: int = 50
    text_warmup_steps: int = 100
    reference: int = 200
    """Held-out pairs whose rewards set the scale."""
    workers: int = 2

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.image_steps + self.text_steps


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from: the folder of the drawn pictures, what is known of them, and the words."""

    cache: Path
    drawn: Drawn
    sampler: PromptSampler
    ids: dict[str, int]
    """Of the word pieces."""


def train(plan: Plan, model: RewardModel, material: Material) -> None:
    """Train `model` in place, in `plan.workers` processes of one thread that average their gradients."""
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch, "model.pt")
        size = sum(p.numel() for p in (*model.parameters(), *_labeller(model).parameters()))
        run_workers(_work, plan.workers, (plan, model, material, result), size)
        model.load_state_dict(torch.load(result, weights_only=True))
    model.train(mode=False)


def _work(shared: SharedGradients, plan: Plan, model: RewardModel, material: Material, result: Path) -> None:
    torch.set_num_threads(1)
    # Tensors reach a worker in shared memory: on the same weights, the workers' updates would race and add up.
    model = copy.deepcopy(model)
    torch.manual_seed(plan.seed)
    labeller = _labeller(model)
    parameters = [*model.parameters(), *labeller.parameters()]
    optimizers = _optimizers(plan, model, labeller)
    steps = _Steps(plan, model, labeller, material, shared.rank)
    smoothed = np.zeros(len(_SHOWN))
    model.train()
    with tqdm(total=plan.steps, desc="train", unit="step", disable=shared.rank > 0) as bar:
        for step in range(plan.steps):
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = group["highest"] * group["schedule"](step, plan)
            loss, figures = steps.pictures() if step < plan.image_steps else steps.preferences()
            torch.autograd.backward(loss)
            reached = [parameter for parameter in parameters if parameter.grad is not None]
            shared.average(reached)
            torch.nn.utils.clip_grad_norm_(reached, 1.0)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            now = np.array(figures)
            smoothed = now if step in (0, plan.image_steps) else 0.95 * smoothed + 0.05 * now
            shown = " ".join(f"{name} {value:.3f}" for name, value in zip(_SHOWN, smoothed.tolist(), strict=True))
            bar.set_postfix_str(shown, refresh=False)
            bar.update()
    if shared.rank == 0:
        torch.save(model.state_dict(), result)


_SHOWN = ("whole", "patches", "flaws", "words", "preferences", "right")


class _Steps:
    """One worker's losses, step by step; the workers go through the same order and take every other part of it."""

    def __init__(self, plan: Plan, model: RewardModel, labeller: Labeller, material: Material, rank: int) -> None:
        self._plan, self._model, self._labeller, self._rank = plan, model, labeller, rank
        self._drawn, self._sampler, self._ids = material.drawn, material.sampler, material.ids
        self._pixels: NDArray[np.uint8] = np.load(material.cache / PIXELS, mmap_mode="r")
        self._flaws = np.array([FLAWS.index(flaw_of(plan.seed, picture)) for picture in range(len(self._pixels))])
        self._order_rng = np.random.Generator(np.random.PCG64([plan.seed, 5]))
        self._rng = np.random.Generator(np.random.PCG64([plan.seed, 6, rank]))
        self._orders = {1: np.empty(0, np.int64), 2: np.empty(0, np.int64)}
        self._before_last: list[Tensor] = []
        text: Any = model.text
        # [CLS] sums up in the last layer what words have found out before it.
        text.encoder.layer[-2].register_forward_hook(lambda _module, _inputs, output: self._before_last.append(output))

    def pictures(self) -> tuple[Tensor, tuple[float, ...]]:
        """The loss of the first stage, and its figures."""
        mine = self._next(1, self._plan.batch)
        spoilt = self._rng.random(len(mine)) < self._plan.flawed
        _, losses, _ = self._look(mine, spoilt)
        whole, patches, flaws = losses
        return whole + 0.5 * patches + flaws, (whole.item(), patches.item(), flaws.item(), 0.0, 0.0, 0.0)

    def preferences(self) -> tuple[Tensor, tuple[float, ...]]:
        """The loss of the second stage, and its figures."""
        pairs = self._next(2, self._plan.pairs)
        clean = (2 * pairs[:, None] + np.arange(2)).ravel()
        which = self._rng.integers(0, 2, len(pairs))
        mine = np.concatenate([clean, 2 * pairs + which])
        spoilt = np.arange(len(mine)) >= len(clean)
        tokens, (whole, patches, flaws), uncut = self._look(mine, spoilt)
        questions = ask(self._drawn.truth[clean], which, self._sampler, self._rng)
        words = encode(questions.prompts, self._ids)
        scores, hidden = self._read(tokens, words, questions)
        held = torch.from_numpy(self._drawn.truth[mine].astype(np.float32))
        said = self._labeller.of_words(hidden, words, questions, held, uncut)
        preferences, right = preference_loss(scores, questions)
        loss = whole + 0.5 * patches + flaws + said + 2 * preferences
        figures = (whole.item(), patches.item(), flaws.item(), said.item(), preferences.item(), right)
        return loss, figures

    def _next(self, group: int, count: int) -> NDArray[np.int64]:
        """This worker's next `count` pictures, or pairs of them, sorted; each once before any twice."""
        order, everyone = self._orders[group], count * self._plan.workers
        while len(order) < everyone:
            order = np.concatenate([order, self._order_rng.permutation(len(self._pixels) // group)])
        self._orders[group] = order[everyone:]
        return np.sort(order[self._rank * count :][:count])

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

    def _read(self, tokens: Tensor, words: Words, questions: Questions) -> tuple[Tensor, Tensor]:
        """Scores (questions,), and the words (questions, length, width) as the last layer takes them."""
        text: Any = self._model.text
        seen = tokens[torch.from_numpy(questions.picture)]
        prompt = torch.from_numpy(questions.prompt)
        self._before_last.clear()
        hidden: Tensor = text(
            input_ids=torch.from_numpy(words.ids)[prompt],
            attention_mask=torch.from_numpy(words.mask)[prompt],
            encoder_hidden_states=seen,
            encoder_attention_mask=torch.ones(seen.shape[:-1], dtype=torch.long),
            is_decoder=False,
        ).last_hidden_state
        return self._model.head(hidden[:, 0]).squeeze(-1), self._before_last.pop()


def _labeller(model: RewardModel) -> Labeller:
    vision: Any = model.vision.config
    text: Any = model.text.config
    return Labeller(vision.hidden_size, text.hidden_size)


def _optimizers(plan: Plan, model: RewardModel, labeller: Labeller) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the encoders' matrices, which takes about half the steps AdamW takes there; AdamW for the rest."""
    matrices: dict[bool, list[torch.nn.Parameter]] = {False: [], True: []}
    others: dict[bool, list[torch.nn.Parameter]] = {False: list(labeller.parameters()), True: []}
    for name, parameter in model.named_parameters():
        if not name.startswith("head."):
            is_matrix = parameter.ndim == 2 and "embedding" not in name
            (matrices if is_matrix else others)[name.startswith("text.")].append(parameter)

    def group(parameters: list[torch.nn.Parameter], rate: float, schedule: _Schedule) -> dict[str, Any]:
        return {"params": parameters, "lr": rate, "highest": rate, "schedule": schedule}

    muon = torch.optim.Muon(
        [
            group(matrices[False], plan.learning_rate, _schedule),
            group(matrices[True], plan.learning_rate, _text_schedule),
        ],
        weight_decay=plan.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    adam = torch.optim.AdamW(
        [
            group(others[False], plan.learning_rate, _schedule),
            group(others[True], plan.learning_rate, _text_schedule),
            group(list(model.head.parameters()), plan.head_rate, _text_schedule),
        ],
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    return muon, adam


_Schedule = Callable[[int, Plan], float]


def _schedule(step: int, plan: Plan) -> float:
    """Up to 1, held while the image encoder learns alone, then down a cosine."""
    if step < plan.warmup_steps:
        return (step + 1) / plan.warmup_steps
    done = max(0.0, (step - plan.image_steps) / max(1, plan.text_steps))
    return 0.5 * (1 + math.cos(math.pi * done)) + 0.005


def _text_schedule(step: int, plan: Plan) -> float:
    """Up when the text encoder's turn comes, then as the rest."""
    return _schedule(step, plan) * min(1.0, max(0, step - plan.image_steps + 1) / plan.text_warmup_steps)
