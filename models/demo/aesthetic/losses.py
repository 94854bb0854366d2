"""What training minimises: wrong preferences, and labels read off pictures and words on the way."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.demo.aesthetic.batches import NOTHING, Questions, Words
from models.demo.aesthetic.flaws import FLAWS
from models.demo.world.scene import COVERED

AGREEMENT: Final = 0.9
"""How probable it is that the better picture is preferred. Certainty would let rewards grow without end."""


def better(questions: Questions) -> NDArray[np.bool_]:
    """Which question's reward must be higher than which other's: (questions, questions).

    Two are compared where they share the picture or the prompt and one is better in one way and no worse in the other.
    """
    same = (questions.picture[:, None] == questions.picture) | (questions.prompt[:, None] == questions.prompt)
    unmet, flaws = (values[:, None] - values for values in (questions.unmet, questions.flawed.astype(np.int64)))
    return np.asarray(same & (unmet <= 0) & (flaws <= 0) & ((unmet < 0) | (flaws < 0)))


def preference_loss(scores: Tensor, questions: Questions) -> tuple[Tensor, float]:
    """Bradley and Terry's loss, -log sigmoid(better - worse), smoothed; and the share of pairs ordered right.

    `scores` (questions,) are outputs of the head, whose differences are the published deviation times the rewards'.
    """
    margins = (scores[:, None] - scores[None, :])[torch.from_numpy(better(questions))]
    wanted = torch.full_like(margins, AGREEMENT)
    return functional.binary_cross_entropy_with_logits(margins, wanted), float((margins > 0).float().mean())


class Labeller(nn.Module):
    """Reads the truth off image tokens, whole and patch by patch, and off words that have seen them.

    Not part of the checkpoint. It says where to look and what words mean long before preferences could.
    """

    def __init__(self, image_width: int, text_width: int) -> None:
        super().__init__()
        self.whole = nn.Linear(image_width, len(COVERED))
        self.local = nn.Linear(image_width, len(COVERED))
        self.flaws = nn.Linear(image_width, len(FLAWS))
        self.words = nn.Linear(text_width, 1)

    def of_pictures(
        self,
        tokens: Tensor,  # (n, 1 + patches, width)
        held: Tensor,  # (n, filters)
        flaws: Tensor,  # (n, len(FLAWS))
        local: tuple[NDArray[np.bool_], NDArray[np.bool_]],
        whole: NDArray[np.bool_],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Losses of filters, of patches and of flaws. `whole` (n,): not cut, so that the labels hold; `local` as from
        patch_labels.
        """
        kept = torch.from_numpy(whole)
        labels, shown = local
        shown = shown & whole[:, None]
        entropy = functional.binary_cross_entropy_with_logits
        seen = self.local(tokens[:, 1:][torch.from_numpy(shown)])
        return (
            entropy(self.whole(tokens[kept, 0]), held[kept]),
            entropy(seen, torch.from_numpy(labels[shown].astype(np.float32))),
            entropy(self.flaws(tokens[:, 0]), flaws),
        )

    def of_words(
        self,
        hidden: Tensor,  # (questions, length, width)
        words: Words,
        questions: Questions,
        held: Tensor,  # (pictures, filters)
        whole: NDArray[np.bool_],  # (pictures,)
    ) -> Tensor:
        """Loss of what every word says: is it so in the picture?"""
        filters = words.filters[questions.prompt]
        asked = torch.from_numpy((filters != NOTHING) & whole[questions.picture][:, None])
        holds = torch.gather(held[torch.from_numpy(questions.picture)], 1, torch.from_numpy(np.maximum(filters, 0)))
        return functional.binary_cross_entropy_with_logits(self.words(hidden[asked]).squeeze(-1), holds[asked])
