"""The training losses: SigLIP's sigmoid loss against the full truth, and labels read directly off the pictures."""

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import SiglipModel

from models.demo.semantic.texts import TextBatch
from models.demo.world.scene import COVERED

NEUTRAL_TARGET: Final = 0.25
"""The probability that neutral texts are trained towards, between those of present and absent attributes."""


def sigmoid_loss(
    model: SiglipModel, images: torch.Tensor, words: torch.Tensor, batch: TextBatch, held: torch.Tensor
) -> torch.Tensor:
    """The sigmoid loss of each text against each picture, and of each filter's mean over the styles' templates.

    The second is what the detector scores with: the normalised mean of normalised embeddings. `images` (pictures,
    embedding), `words` (texts, embedding), `held` (pictures, filters).
    """
    scale, bias = model.logit_scale.exp(), model.logit_bias
    images, words = functional.normalize(images, dim=-1), functional.normalize(words, dim=-1)
    asserted = torch.from_numpy(batch.asserted.astype(np.float32))  # (texts, filters)
    denied = torch.from_numpy(batch.denied.astype(np.float32))
    # (pictures, texts): all that is asserted holds, and nothing that is denied.
    target = ((held @ asserted.T >= asserted.sum(1) - 0.5) & (held @ denied.T < 0.5)).float()
    target[:, torch.from_numpy(batch.neutral)] = NEUTRAL_TARGET
    single = functional.binary_cross_entropy_with_logits(scale * images @ words.T + bias, target)
    means = torch.stack([words[list(group.rows)].mean(0) for group in batch.ensembles])
    wanted = torch.full((len(held), len(means)), NEUTRAL_TARGET)
    for column, group in enumerate(batch.ensembles):
        if group.filter is not None:
            wanted[:, column] = held[:, COVERED.index(group.filter)]
        elif group.denied:
            wanted[:, column] = 1 - held[:, [COVERED.index(name) for name in group.denied]].amax(1)
    logits = scale * images @ functional.normalize(means, dim=-1).T + bias
    return 0.5 * single + functional.binary_cross_entropy_with_logits(logits, wanted)


class Labeller(torch.nn.Module):
    """Reads the filters off the pooled embedding, and off each patch that shows somebody. Not part of the checkpoint.

    It gives the image tower the whole truth at once, before the text tower has a language, and says where to look.
    """

    def __init__(self, model: SiglipModel) -> None:
        super().__init__()
        config: Any = model.config.vision_config
        self.whole = torch.nn.Linear(config.hidden_size, len(COVERED))
        self.local = torch.nn.Linear(config.hidden_size, len(COVERED))

    def losses(
        self,
        pooled: torch.Tensor,
        patches: torch.Tensor,
        held: torch.Tensor,
        local: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the whole pictures, and of the patches: `pooled` (n, width), `patches` (n, patches, width)."""
        labels, shown = local
        whole = functional.binary_cross_entropy_with_logits(self.whole(pooled), held)
        seen = self.local(patches[torch.from_numpy(shown)])
        target = torch.from_numpy(labels[shown].astype(np.float32))
        return whole, functional.binary_cross_entropy_with_logits(seen, target)
