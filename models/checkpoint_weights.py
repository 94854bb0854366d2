"""Checks that the weights of any checkpoint have to pass, and a model prepared for inference on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from models.errors import CheckpointError

Module = TypeVar("Module", bound=nn.Module)


def finite(where: Path, name: str, tensor: Tensor) -> Tensor:
    """The weight `name` of the checkpoint at `where` in fp32. Raises CheckpointError where it is NaN or infinite."""
    tensor = tensor.to(torch.float32)
    # The extremes of a tensor that holds a NaN are NaN; nothing of the tensor's size is allocated.
    if not all(torch.isfinite(extreme) for extreme in torch.aminmax(tensor)):
        raise CheckpointError(f"{where}: {name} holds a NaN or infinite weight")
    return tensor


def some(names: Sequence[str]) -> str:
    """Names as the subject of a sentence, with its verb: the first of them, and how many there are."""
    shown = ", ".join(names[:3])
    return f"{shown} is" if len(names) == 1 else f"{shown}{', ...' if len(names) > 3 else ''} ({len(names)}) are"


def made_ready(module: Module) -> Module:
    """A module that was made on the meta device and then given its weights, for inference."""
    for part in module.modules():
        # No weights, so nothing has brought them off that device.
        ids = getattr(part, "position_ids", None)
        if isinstance(ids, Tensor):
            part.position_ids = torch.arange(ids.shape[-1]).unsqueeze(0)
    module.requires_grad_(False)
    return module.eval()
