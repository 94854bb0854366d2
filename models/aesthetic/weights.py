"""`ImageReward.pt` into the model: checked by name, shape and value, memory-mapped, and never unpickled."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models import progress
from models.aesthetic import generated
from models.aesthetic.checkpoint import Checkpoint, read_text_config
from models.aesthetic.layout import HEAD_LAYERS, IGNORED, WEIGHTS, Sizes, TextSizes, VisionSizes, published_shapes
from models.aesthetic.reward_model import RewardModel, fold_head
from models.checkpoint_weights import finite, made_ready, some
from models.errors import CheckpointError

_RENAMED = (
    (r"^vision\.embeddings\.class_embedding$", "blip.visual_encoder.cls_token"),
    (r"^vision\.embeddings\.position_embedding$", "blip.visual_encoder.pos_embed"),
    (r"^vision\.embeddings\.patch_embedding\.", "blip.visual_encoder.patch_embed.proj."),
    (r"^vision\.encoder\.layers\.(\d+)\.layer_norm", r"blip.visual_encoder.blocks.\1.norm"),
    (r"^vision\.encoder\.layers\.(\d+)\.self_attn\.qkv\.", r"blip.visual_encoder.blocks.\1.attn.qkv."),
    (r"^vision\.encoder\.layers\.(\d+)\.self_attn\.projection\.", r"blip.visual_encoder.blocks.\1.attn.proj."),
    (r"^vision\.encoder\.layers\.(\d+)\.mlp\.", r"blip.visual_encoder.blocks.\1.mlp."),
    (r"^vision\.post_layernorm\.", "blip.visual_encoder.norm."),
    (r"^text\.", "blip.text_encoder."),
    (r"^head\.", "mlp.layers."),
)
_SMALLEST_SPREAD = 1e-3
"""Rewards of a trained head spread by several units; those of one that was never loaded by less than 1e-8."""


def published_name(name: str) -> str:
    """The name in `ImageReward.pt` of a tensor of RewardModel."""
    for pattern, replacement in _RENAMED:
        renamed, count = re.subn(pattern, replacement, name)
        if count:
            return renamed
    raise AssertionError(f"{name} has no published name")


def load_reward_model(checkpoint: Checkpoint, *, shown: bool = False) -> RewardModel:
    """The model in fp32, ready for inference; its weights stay memory-mapped.

    Raises CheckpointError: for a key that is missing or foreign, a wrong shape, a NaN or infinite weight, or a head
    that gives every picture the same reward.
    """
    path = checkpoint.weights
    tensors, sizes = _named(path, checkpoint.text.sizes)
    weights = {
        name: finite(path, name, tensor)
        for name, tensor in progress.each(f"load {path.name}", tensors.items(), "tensor", shown=shown)
        if name not in IGNORED
    }
    model = assemble(sizes, weights, checkpoint.text.layer_norm_eps)
    _check_head(model, path)
    return model


def map_reward_model(directory: Path) -> RewardModel:
    """The model of the checkpoint in `directory`, opened as fast as can be: no weight is read before it is used.

    Raises CheckpointError for a key that is missing or foreign, or a wrong shape.
    """
    text = read_text_config(directory)
    tensors, sizes = _named(directory / WEIGHTS, text.sizes)
    return assemble(sizes, {name: tensor.to(torch.float32) for name, tensor in tensors.items()}, text.layer_norm_eps)


def are_generated(checkpoint: Checkpoint) -> bool:
    """True for weights out of `models.aesthetic.generated`, whose figures mean something for the shape only."""
    name = "blip.visual_encoder.cls_token"
    found = _read(checkpoint.weights)[name]
    return bool((found == torch.from_numpy(generated.generate(name, tuple(found.shape)))).all())


def assemble(sizes: Sizes, weights: Mapping[str, Tensor], text_norm_epsilon: float = 1e-12) -> RewardModel:
    """The model over tensors by their published names, which become its parameters without a copy."""
    with torch.device("meta"):
        model = RewardModel(sizes, text_norm_epsilon)
    model.load_state_dict(
        {name: weights[published_name(name)] for name in model.state_dict()}, strict=True, assign=True
    )
    return made_ready(model)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    except Exception as error:  # RuntimeError, UnpicklingError, ValueError and more, by what is wrong with the file
        raise CheckpointError(
            f"{path}: not a file of tensors in torch's current format; others can run code, and are not read"
        ) from error
    if not isinstance(content, dict) or not all(isinstance(tensor, Tensor) for tensor in content.values()):
        raise CheckpointError(f"{path}: expected a dictionary of tensors")
    return content


def _named(path: Path, text: TextSizes) -> tuple[dict[str, Tensor], Sizes]:
    """The file's tensors, their names and shapes checked."""
    tensors = _read(path)
    sizes = _sizes(tensors, text, path)
    _check_names(tensors, sizes, path)
    return tensors, sizes


def _sizes(tensors: Mapping[str, Tensor], text: TextSizes, path: Path) -> Sizes:
    """Sizes no file tells, read off the weights."""
    prefix = "blip.visual_encoder"
    position, patch, mlp = (
        _shape(tensors, f"{prefix}.{name}", dimensions, path)
        for name, dimensions in (("pos_embed", 3), ("patch_embed.proj.weight", 4), ("blocks.0.mlp.fc1.weight", 2))
    )
    layers = {int(found[1]) for name in tensors if (found := re.match(rf"{prefix}\.blocks\.(\d+)\.", name))}
    vision = VisionSizes(
        width=position[2],
        layers=max(layers) + 1,
        mlp=mlp[0],
        image=math.isqrt(position[1] - 1) * patch[3],
        patch=patch[3],
    )
    if vision.tokens != position[1] or vision.width % vision.heads:
        raise CheckpointError(f"{path}: pos_embed has shape {position}, which is not a square of patches")
    head = tuple(_shape(tensors, f"mlp.layers.{number}.weight", 2, path)[0] for number in HEAD_LAYERS)
    return Sizes(vision, text, head)


def _shape(tensors: Mapping[str, Tensor], name: str, dimensions: int, path: Path) -> tuple[int, ...]:
    if name not in tensors:
        raise CheckpointError(f"{path}: {name} is missing")
    shape = tuple(tensors[name].shape)
    if len(shape) != dimensions:
        raise CheckpointError(f"{path}: {name} has shape {list(shape)}, expected {dimensions} dimensions")
    return shape


def _check_names(tensors: Mapping[str, Tensor], sizes: Sizes, path: Path) -> None:
    expected = published_shapes(sizes)
    missing = [name for name in expected if name not in tensors and name not in IGNORED]
    if missing:
        raise CheckpointError(f"{path}: {some(missing)} missing")
    foreign = [name for name in tensors if name not in expected]
    if foreign:
        raise CheckpointError(f"{path}: {some(foreign)} not part of ImageReward")
    for name, tensor in tensors.items():
        if name not in IGNORED and tuple(tensor.shape) != expected[name]:
            raise CheckpointError(f"{path}: {name} has shape {list(tensor.shape)}, expected {list(expected[name])}")


def _check_head(model: RewardModel, path: Path) -> None:
    """Refuse a head whose reward hardly depends on what it reads: [CLS], which leaves a layer norm."""
    folded = fold_head(model.head)
    text: Any = model.text
    norm = text.encoder.layer[-1].output.LayerNorm
    steepness = torch.linalg.vector_norm(folded.weight * norm.weight.double()).item()
    spread = steepness * math.sqrt(folded.weight.numel())
    if not spread >= _SMALLEST_SPREAD:
        constant = (folded.weight @ norm.bias.double()).item() + folded.bias
        raise CheckpointError(
            f"{path}: its reward is {constant:.5f} whatever the picture and the prompt; the head was never trained, or "
            "its weights were not loaded before they were saved"
        )
