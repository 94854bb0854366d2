"""SigLIP's weights under the torch engine's names, arranged for fewer matrix products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from functions.semantic.gpu.towers import SiglipSizes, TextSizes, VisionSizes
from models.errors import CheckpointError

_ACTIVATIONS = ("gelu", "gelu_pytorch_tanh")


def vision_sizes(config: Any) -> VisionSizes:
    """Of a SiglipVisionConfig. Raises CheckpointError for an activation the engine does not have."""
    side = config.image_size // config.patch_size
    return VisionSizes(**_sizes(config), length=side * side, patch=config.patch_size)


def text_sizes(config: Any) -> TextSizes:
    """Of a SiglipTextConfig. Raises CheckpointError for an activation the engine does not have."""
    return TextSizes(
        **_sizes(config),
        length=config.max_position_embeddings,
        vocabulary=config.vocab_size,
        embedding=config.projection_size,
    )


def vision_weights(tower: Any, sizes: VisionSizes) -> dict[str, Tensor]:
    """The weights of transformers' vision tower under the engine's names."""
    found: dict[str, Tensor] = tower.state_dict()
    query, keys = _split(found, "head.attention.in_proj_{}", sizes.width)
    return {
        "patches.projection.weight": found["embeddings.patch_embedding.weight"].flatten(1),
        "patches.projection.bias": found["embeddings.patch_embedding.bias"],
        "positions.weight": found["embeddings.position_embedding.weight"],
        **_blocks(found, sizes),
        **_pair(found, "post_layernorm", "norm"),
        "probe.weight": found["head.probe"].reshape(1, -1),
        **{f"pool_query.{part}": tensor for part, tensor in query.items()},
        **{f"pool_keys.{part}": tensor for part, tensor in keys.items()},
        **_pair(found, "head.attention.out_proj", "pool_joined"),
        **_pair(found, "head.layernorm", "pool_norm"),
        **_pair(found, "head.mlp.fc1", "pool_mlp.first"),
        **_pair(found, "head.mlp.fc2", "pool_mlp.second"),
    }


def text_weights(tower: Any, sizes: TextSizes) -> dict[str, Tensor]:
    """The weights of transformers' text tower under the engine's names."""
    found: dict[str, Tensor] = tower.state_dict()
    return {
        "tokens.weight": found["embeddings.token_embedding.weight"],
        "positions.weight": found["embeddings.position_embedding.weight"],
        **_blocks(found, sizes),
        **_pair(found, "final_layer_norm", "norm"),
        **_pair(found, "head", "head"),
    }


def _sizes(config: Any) -> dict[str, Any]:
    if config.hidden_act not in _ACTIVATIONS:
        raise CheckpointError(f"hidden_act is {config.hidden_act!r}; the torch engine has {', '.join(_ACTIVATIONS)}")
    return {
        "width": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "inner": config.intermediate_size,
        "epsilon": config.layer_norm_eps,
        "activation": config.hidden_act,
    }


def _blocks(found: Mapping[str, Tensor], sizes: SiglipSizes) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for number in range(sizes.layers):
        source, target = f"encoder.layers.{number}", f"blocks.{number}"
        weights |= _pair(found, f"{source}.layer_norm1", f"{target}.attention_norm")
        for part in ("weight", "bias"):
            weights[f"{target}.qkv.{part}"] = torch.cat(
                [found[f"{source}.self_attn.{name}_proj.{part}"] for name in ("q", "k", "v")]
            )
        weights |= _pair(found, f"{source}.self_attn.out_proj", f"{target}.joined")
        weights |= _pair(found, f"{source}.layer_norm2", f"{target}.mlp_norm")
        weights |= _pair(found, f"{source}.mlp.fc1", f"{target}.mlp.first")
        weights |= _pair(found, f"{source}.mlp.fc2", f"{target}.mlp.second")
    return weights


def _pair(found: Mapping[str, Tensor], source: str, target: str) -> dict[str, Tensor]:
    return {f"{target}.{part}": found[f"{source}.{part}"] for part in ("weight", "bias")}


def _split(found: Mapping[str, Tensor], name: str, width: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A fused projection of queries, keys and values: the queries', and that of keys and values."""
    parts = {part: found[name.format(part)] for part in ("weight", "bias")}
    # Copies, for a file does not take tensors that are part of one another.
    return (
        {part: tensor[:width].clone() for part, tensor in parts.items()},
        {part: tensor[width:].clone() for part, tensor in parts.items()},
    )
