"""The demo model's shape, ImageReward's but small, and the weights training starts from."""

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.aesthetic.layout import HEAD_LAYERS, PROMPT_LENGTH, Sizes, TextSizes, VisionSizes
from models.aesthetic.reward_model import RewardModel
from models.demo.aesthetic.pictures import SIDE, normalise
from models.demo.semantic.whitening import positions, whitened_patches

PATCH: Final = 16
"""Pixels a side of a patch."""
_WORD_SCALE, _POSITION_SCALE, _CLASS_SCALE = 0.1, 0.05, 0.5


def sizes(vocabulary: int) -> Sizes:
    """0.8 M parameters of vision and 0.4 M of text; `vocabulary` includes the two tokens added to the word pieces."""
    return Sizes(
        vision=VisionSizes(width=128, layers=4, mlp=384, image=SIDE, patch=PATCH),
        text=TextSizes(width=96, layers=3, heads=4, mlp=192, positions=PROMPT_LENGTH, vocabulary=vocabulary),
        head=(64, 32, 16, 8, 1),
    )


def new_model(vocabulary: int, pixels: NDArray[np.uint8], seed: int) -> RewardModel:
    """An untrained model whose patch embedding whitens the patches of `pixels` (pictures, SIDE, SIDE, 3)."""
    shape = sizes(vocabulary)
    torch.manual_seed(seed)
    model = RewardModel(shape)
    with torch.no_grad():
        for module in model.modules():
            # transformers gives the image encoder of BLIP weights of 1e-10.
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        for number in HEAD_LAYERS:
            # Layers in a row with nothing between them: together, they neither shrink nor stretch what comes in.
            nn.init.orthogonal_(_linear(model, number).weight)
        vision: Any = model.vision
        text: Any = model.text
        scaled = normalise(pixels.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1)
        weight, bias = whitened_patches(scaled.astype(np.float64), PATCH, shape.vision.width)
        embeddings = vision.embeddings
        embeddings.patch_embedding.weight.copy_(torch.from_numpy(weight))
        embeddings.patch_embedding.bias.copy_(torch.from_numpy(bias))
        nn.init.normal_(embeddings.class_embedding, std=_CLASS_SCALE)
        embeddings.position_embedding[:, :1].zero_()
        embeddings.position_embedding[0, 1:].copy_(torch.from_numpy(positions(SIDE // PATCH, shape.vision.width)))
        nn.init.normal_(text.embeddings.word_embeddings.weight, std=_WORD_SCALE)
        nn.init.normal_(text.embeddings.position_embeddings.weight, std=_POSITION_SCALE)
    return model


def rescale(model: RewardModel, mean: float, deviation: float, published: tuple[float, float]) -> None:
    """Change the head's last layer so that outputs of this `mean` and `deviation` become those of the `published` ones.

    The package subtracts the published mean and divides by the published deviation.
    """
    last = _linear(model, HEAD_LAYERS[-1])
    factor = published[1] / deviation
    with torch.no_grad():
        last.weight.mul_(factor)
        last.bias.sub_(mean).mul_(factor).add_(published[0])


def _linear(model: RewardModel, number: int) -> nn.Linear:
    layer: Any = model.head[number]
    linear: nn.Linear = layer
    return linear
