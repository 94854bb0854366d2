"""Mistakes that the shapes of the weights would not reveal: values that are in no file of the checkpoint, set wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from functions.aesthetic.manifest import CropPreprocessing
from functions.aesthetic.preprocessing import preprocess
from models.aesthetic.reward_model import RewardModel

_HALF = (0.5, 0.5, 0.5)
_OTHER_HEADS = 8
"""Of the text encoder by transformers' default."""
_ENC = -1
"""The last of the tokens added to the vocabulary."""


@dataclass(frozen=True, slots=True)
class Trap:
    """One wrong value. What it does not change is None."""

    name: str
    model: Callable[[RewardModel], object] | None = None
    """Changes a copy of the model."""
    sees_pictures: bool = True
    """The change has to do with image tokens."""
    picture: Callable[[Image.Image, CropPreprocessing], NDArray[np.float32]] | None = None
    """Pixels (1, 3, size, size) in place of the right ones."""
    prompt: Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]] | None = None
    """Ids and mask (1, length) in place of the right ones, given the vocabulary's size."""


def _text_trap(name: str, model: Callable[[RewardModel], object]) -> Trap:
    return Trap(name, model, sees_pictures=False)


def _set_epsilons(tower: nn.Module) -> None:
    for part in tower.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-5


def _approximate_gelu(model: RewardModel) -> None:
    towers: Any = (model.vision, model.text)
    for layer in towers[0].encoder.layers:
        layer.mlp.activation_fn = nn.GELU(approximate="tanh")
    for layer in towers[1].encoder.layer:
        layer.intermediate.intermediate_act_fn = nn.GELU(approximate="tanh")


def _other_heads(model: RewardModel) -> None:
    text: Any = model.text
    for layer in text.encoder.layer:
        for attention in (layer.attention.self, layer.crossattention.self):
            attention.num_attention_heads = _OTHER_HEADS
            attention.attention_head_size = attention.all_head_size // _OTHER_HEADS


def _without_last_norm(model: RewardModel) -> None:
    vision: Any = model.vision
    vision.post_layernorm = nn.Identity()


def _last_norm_twice(model: RewardModel) -> None:
    vision: Any = model.vision
    vision.post_layernorm = nn.Sequential(vision.post_layernorm, vision.post_layernorm)


class _Causal(nn.Module):
    def __init__(self, text: nn.Module) -> None:
        super().__init__()
        self.inner = text

    def forward(self, **given: Any) -> Any:
        return self.inner(**given | {"is_decoder": True})


def _causal(model: RewardModel) -> None:
    model.text = _Causal(model.text)


def _activations_in_the_head(model: RewardModel) -> None:
    for place in (1, 3):
        model.head[place] = nn.ReLU()


def _store_as(dtype: torch.dtype) -> Callable[[RewardModel], object]:
    return lambda model: model.to(dtype).to(torch.float32)


def _squashed(image: Image.Image, spec: CropPreprocessing) -> NDArray[np.float32]:
    return preprocess(image.resize((spec.size, spec.size), Image.Resampling.BICUBIC), spec)


def _bilinear(image: Image.Image, spec: CropPreprocessing) -> NDArray[np.float32]:
    scale = spec.size / min(image.size)
    size = (max(spec.size, int(image.width * scale)), max(spec.size, int(image.height * scale)))
    return preprocess(image.resize(size, Image.Resampling.BILINEAR), spec)


def _other_constants(image: Image.Image, spec: CropPreprocessing) -> NDArray[np.float32]:
    return preprocess(image, spec.model_copy(update={"mean": _HALF, "std": _HALF}))


def _unmasked(ids: Tensor, mask: Tensor, _: int) -> tuple[Tensor, Tensor]:
    return ids, torch.ones_like(mask)


def _begun_by_enc(ids: Tensor, mask: Tensor, vocabulary: int) -> tuple[Tensor, Tensor]:
    begun = ids.clone()
    begun[:, 0] = vocabulary + _ENC
    return begun, mask


TRAPS = (
    Trap("image tokens without the last norm", _without_last_norm),
    Trap("image tokens through the last norm twice, as the pooler's are", _last_norm_twice),
    Trap("epsilon of the image encoder's norms 1e-5", lambda model: _set_epsilons(model.vision)),
    _text_trap("epsilon of the text encoder's norms 1e-5", lambda model: _set_epsilons(model.text)),
    Trap("GELU by tanh", _approximate_gelu),
    _text_trap("8 heads in the text encoder", _other_heads),
    _text_trap("a decoder's causal mask", _causal),
    Trap("padding not masked", prompt=_unmasked),
    Trap("[ENC] in place of [CLS]", prompt=_begun_by_enc),
    _text_trap("ReLU where the head has dropout", _activations_in_the_head),
    Trap("the picture squashed, not cut", picture=_squashed),
    Trap("resized bilinearly", picture=_bilinear),
    Trap("pixels normalised by 0.5", picture=_other_constants),
    Trap("weights stored in bf16", _store_as(torch.bfloat16)),
    Trap("weights stored in fp16", _store_as(torch.float16)),
)
