"""ImageReward's weights under the torch engine's names, arranged for fewer matrix products, the head folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from functions.aesthetic.gpu.towers import TextSizes, VisionSizes
from models.aesthetic.layout import PROMPT_LENGTH
from models.aesthetic.reward_model import RewardModel, fold_head

_PARTS = ("weight", "bias")


def vision_sizes(model: RewardModel) -> VisionSizes:
    """Of the model's vision tower."""
    vision: Any = model.vision
    config = vision.config
    return VisionSizes(
        **_sizes(config), patch=config.patch_size, tokens=(config.image_size // config.patch_size) ** 2 + 1
    )


def text_sizes(model: RewardModel) -> TextSizes:
    """Of the model's text tower."""
    text: Any = model.text
    config = text.config
    return TextSizes(
        **_sizes(config), vocabulary=config.vocab_size, length=PROMPT_LENGTH, image_width=config.encoder_hidden_size
    )


def vision_weights(model: RewardModel) -> dict[str, Tensor]:
    """The weights of transformers' BlipVisionModel under the engine's names."""
    found = model.vision.state_dict()
    width = found["post_layernorm.weight"].shape[0]
    weights = {
        "patches.projection.weight": found["embeddings.patch_embedding.weight"].flatten(1),
        "patches.projection.bias": found["embeddings.patch_embedding.bias"],
        "whole.weight": found["embeddings.class_embedding"].reshape(1, width),
        "positions.weight": found["embeddings.position_embedding"].reshape(-1, width),
        **_pair(found, "post_layernorm", "norm"),
    }
    for number in range(vision_sizes(model).layers):
        source, target = f"encoder.layers.{number}", f"blocks.{number}"
        weights |= _pair(found, f"{source}.layer_norm1", f"{target}.attention_norm")
        weights |= _pair(found, f"{source}.self_attn.qkv", f"{target}.qkv")
        weights |= _pair(found, f"{source}.self_attn.projection", f"{target}.joined")
        weights |= _pair(found, f"{source}.layer_norm2", f"{target}.mlp_norm")
        weights |= _pair(found, f"{source}.mlp.fc1", f"{target}.mlp.first")
        weights |= _pair(found, f"{source}.mlp.fc2", f"{target}.mlp.second")
    return weights


def reward_weights(model: RewardModel) -> dict[str, Tensor]:
    """The weights of transformers' BlipTextModel under the engine's names, and the head as one affine map."""
    found = model.text.state_dict()
    folded = fold_head(model.head)
    weights = {
        "words.weight": found["embeddings.word_embeddings.weight"],
        "positions.weight": found["embeddings.position_embeddings.weight"][:PROMPT_LENGTH],
        **_pair(found, "embeddings.LayerNorm", "norm"),
        "head.weight": folded.weight.float()[None],
        "head.bias": torch.tensor([folded.bias], dtype=torch.float32),
    }
    for number in range(text_sizes(model).layers):
        source, target = f"encoder.layer.{number}", f"layers.{number}"
        own, cross = f"{source}.attention", f"{source}.crossattention"
        for part in _PARTS:
            weights[f"{target}.qkv.{part}"] = _joined(found, f"{own}.self", ("query", "key", "value"), part)
            weights[f"{target}.cross_keys.{part}"] = _joined(found, f"{cross}.self", ("key", "value"), part)
        weights |= _pair(found, f"{own}.output.dense", f"{target}.joined")
        weights |= _pair(found, f"{own}.output.LayerNorm", f"{target}.norm")
        weights |= _pair(found, f"{cross}.self.query", f"{target}.cross_query")
        weights |= _pair(found, f"{cross}.output.dense", f"{target}.cross_joined")
        weights |= _pair(found, f"{cross}.output.LayerNorm", f"{target}.cross_norm")
        weights |= _pair(found, f"{source}.intermediate.dense", f"{target}.mlp.first")
        weights |= _pair(found, f"{source}.output.dense", f"{target}.mlp.second")
        weights |= _pair(found, f"{source}.output.LayerNorm", f"{target}.mlp_norm")
    return weights


def _sizes(config: Any) -> dict[str, Any]:
    return {
        "width": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "inner": config.intermediate_size,
        "epsilon": config.layer_norm_eps,
    }


def _pair(found: Mapping[str, Tensor], source: str, target: str) -> dict[str, Tensor]:
    return {f"{target}.{part}": found[f"{source}.{part}"] for part in _PARTS}


def _joined(found: Mapping[str, Tensor], source: str, names: tuple[str, ...], part: str) -> Tensor:
    return torch.cat([found[f"{source}.{name}.{part}"] for name in names])
