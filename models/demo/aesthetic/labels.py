"""What is learned on the way to preferences: labels, read off pictures and off words that have seen them."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.aesthetic.reward_model import RewardModel
from models.demo.aesthetic.batches import NOTHING
from models.demo.aesthetic.flaws import FLAWS
from models.demo.world.scene import COVERED


class Labeller(nn.Module):
    """Reads the truth off image tokens, whole and patch by patch, and off words that have seen them.

    Not part of the checkpoint. It says where to look and what words mean long before preferences could.
    """

    def __init__(self, image_width: int, text_width: int) -> None:
        super().__init__()
        self.where = nn.Parameter(torch.randn(len(COVERED), image_width) / 2)
        self.whole = nn.Linear(image_width, len(COVERED))
        self.local = nn.Linear(image_width, len(COVERED))
        self.flaws = nn.Linear(image_width, len(FLAWS))
        self.words = nn.Linear(text_width, 1)

    def seen(self, tokens: Tensor) -> Tensor:
        """Logits (n, filters) of pictures off `tokens` (n, tokens, width): each filter looks where it has learned to,
        as a word will.
        """
        attention = (tokens @ self.where.T / math.sqrt(tokens.shape[-1])).softmax(dim=1)  # (n, tokens, filters)
        said: Tensor = self.whole(tokens)
        return (attention * said).sum(dim=1)

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
        local_seen = self.local(tokens[:, 1:][torch.from_numpy(shown)])
        return (
            entropy(self.seen(tokens[kept]), held[kept]),
            entropy(local_seen, torch.from_numpy(labels[shown].astype(np.float32))),
            entropy(self.flaws(tokens[:, 0]), flaws),
        )

    def of_words(
        self,
        hidden: Tensor,  # (pictures, questions, length, width)
        filters: NDArray[np.int64],  # (pictures, questions, length)
        held: Tensor,  # (pictures, filters)
        whole: NDArray[np.bool_],  # (pictures,)
    ) -> Tensor:
        """Loss of what every word says: is it so in the picture?"""
        asked = (filters != NOTHING) & whole[:, None, None]
        holds = held[torch.from_numpy(np.nonzero(asked)[0]), torch.from_numpy(filters[asked])]
        seen = self.words(hidden[torch.from_numpy(asked)]).squeeze(-1)
        return functional.binary_cross_entropy_with_logits(seen, holds)


class Learner(nn.Module):
    """What is trained: the model, and the labeller that is left behind."""

    def __init__(self, model: RewardModel, seed: int) -> None:
        super().__init__()
        self.model = model
        torch.manual_seed(seed)
        self.labeller = Labeller(model.sizes.vision.width, model.sizes.text.width)
