"""A tower out of its safetensors file: sizes from the file's own metadata, weights straight onto the device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from torch import nn

from functions.common.artifact import ArtifactError
from functions.common.gpu.device import Device

SIZES_KEY: Final = "sizes"
"""Of the metadata: the tower's sizes as JSON."""

Positive = Annotated[int, Field(ge=1)]


class TowerSizes(BaseModel):
    """What any tower is made of; each adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    width: Positive
    layers: Positive
    heads: Positive
    inner: Positive
    epsilon: Annotated[float, Field(gt=0)]


Sizes = TypeVar("Sizes", bound=TowerSizes)
Tower = TypeVar("Tower", bound=nn.Module)


def open_tower(path: Path, kind: type[Sizes], build: Callable[[Sizes], Tower], device: Device) -> tuple[Tower, Sizes]:
    """The tower ready for inference, in the device's precision but for its `full_precision` parts.

    Raises ArtifactError for a file that is not exactly that tower. Its bytes are for the caller to verify.
    """
    try:
        with safe_open(path, framework="pt", device=str(device.target)) as file:
            sizes = kind.model_validate_json((file.metadata() or {}).get(SIZES_KEY, ""))
            with torch.device("meta"):
                tower = build(sizes)
            kept: tuple[str, ...] = getattr(tower, "full_precision", ())
            names: list[str] = list(file.keys())
            # One tensor at a time, so that no second copy of all of them is ever in memory.
            weights = {
                name: file.get_tensor(name).to(torch.float32 if name.startswith(kept) else device.dtype)
                for name in names
            }
            tower.load_state_dict(weights, strict=True, assign=True)
    except (SafetensorError, OSError) as error:
        raise ArtifactError(f"{path}: not a safetensors file, or cut short") from error
    except ValidationError as error:
        raise ArtifactError(f"{path}: its metadata has no sizes of a {kind.__name__}") from error
    except RuntimeError as error:
        # torch's own for names or shapes that do not fit, and for a device without room.
        raise ArtifactError(f"{path}: its tensors are not those of its sizes, or the device has no room") from error
    tower.requires_grad_(False)
    return tower.eval(), sizes
