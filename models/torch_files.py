"""Files of a torch artifact: a tower's weights in fp32, as safetensors, its sizes in the metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from functions.common.gpu.device import Device
from functions.common.gpu.weights import SIZES_KEY
from models.errors import ModelsError

FP32: Final = Device(torch.device("cpu"), "fp32", None)
"""What a torch artifact is compared with the checkpoint in."""
BF16: Final = Device(torch.device("cpu"), "bf16", None)
"""What the gate judges: of the two half precisions GPUs compute in the coarser one, fp16 having three bits more."""


def write_tower(path: Path, weights: Mapping[str, Tensor], sizes: BaseModel) -> None:
    """Write the weights in fp32, each tensor by itself. Raises ModelsError."""
    tensors = {name: tensor.detach().to(torch.float32).contiguous() for name, tensor in weights.items()}
    try:
        save_file(tensors, path, metadata={SIZES_KEY: sizes.model_dump_json()})
    except SafetensorError as error:  # its own, where any other writer raises OSError
        raise ModelsError(f"{path}: cannot be written ({error})") from error
