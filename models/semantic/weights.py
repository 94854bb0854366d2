"""Weights of a checkpoint: checked by name, shape and value, and memory-mapped a tower at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import SiglipModel

from models import progress
from models.checkpoint_weights import finite, made_ready, some
from models.errors import CheckpointError
from models.semantic.checkpoint import Checkpoint

RANDOM_WEIGHTS = "random"
"""Value of the safetensors metadata key `weights` in checkpoints made by `python -m models random`."""


def _empty_model(checkpoint: Checkpoint) -> nn.Module:
    create: Any = SiglipModel._from_config  # untyped
    with torch.device("meta"):
        model: nn.Module = create(checkpoint.config, attn_implementation="sdpa")
    return model.eval()


@contextmanager
def _open_weights(checkpoint: Checkpoint) -> Iterator[dict[str, Any]]:
    """Open safetensors files by the name of each tensor in them."""
    with ExitStack() as stack:
        by_name: dict[str, Any] = {}
        for path in checkpoint.weights:
            try:
                file = stack.enter_context(safe_open(path, framework="pt"))
            except (SafetensorError, OSError) as error:
                raise CheckpointError(f"{path}: not a safetensors file, or cut short") from error
            by_name.update(dict.fromkeys(file.keys(), file))
        yield by_name


def check_weights(checkpoint: Checkpoint) -> None:
    """Raise CheckpointError unless the files hold exactly the tensors of the configuration, in their shapes."""
    expected = {name: list(tensor.shape) for name, tensor in _empty_model(checkpoint).state_dict().items()}
    with _open_weights(checkpoint) as files:
        missing = sorted(expected.keys() - files.keys())
        if missing:
            raise CheckpointError(f"{checkpoint.directory}: {some(missing)} missing from the weights")
        # Older transformers saved the position ids, which are no weights.
        unexpected = sorted(name for name in files.keys() - expected.keys() if not name.endswith(".position_ids"))
        if unexpected:
            raise CheckpointError(f"{checkpoint.directory}: {some(unexpected)} not part of a FixRes SigLIP")
        for name, shape in expected.items():
            actual = list(files[name].get_slice(name).get_shape())
            if actual != shape:
                raise CheckpointError(f"{checkpoint.directory}: {name} has shape {actual}, expected {shape}")


def load_tower(checkpoint: Checkpoint, tower: Literal["text_model", "vision_model"], *, shown: bool = False) -> Any:
    """The text or vision tower in fp32, ready for inference.

    fp32 weights stay memory-mapped, so what is not used is not resident. Raises CheckpointError, also for a weight
    that is NaN or infinite.
    """
    module: Any = getattr(_empty_model(checkpoint), tower)
    tensors: dict[str, Tensor] = {}
    with _open_weights(checkpoint) as files:
        for name in progress.each(f"load {tower}", module.state_dict(), "tensor", shown=shown):
            full_name = f"{tower}.{name}"
            tensors[name] = finite(checkpoint.directory, full_name, files[full_name].get_tensor(full_name))
    module.load_state_dict(tensors, strict=True, assign=True)
    return made_ready(module)


def read_scale_and_bias(checkpoint: Checkpoint) -> tuple[float, float]:
    """`logit_scale` (a natural logarithm) and `logit_bias` as stored."""
    with _open_weights(checkpoint) as files:
        scale, bias = (
            finite(checkpoint.directory, name, files[name].get_tensor(name)) for name in ("logit_scale", "logit_bias")
        )
    return scale.item(), bias.item()


def are_random(checkpoint: Checkpoint) -> bool:
    """True for a checkpoint made by `python -m models random`, whose figures mean something for the shape only."""
    with safe_open(checkpoint.weights[0], framework="pt") as file:
        return (file.metadata() or {}).get("weights") == RANDOM_WEIGHTS
