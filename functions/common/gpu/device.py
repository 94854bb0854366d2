"""The device the torch engines run on, and what their arithmetic is done in there; both are chosen at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch

from functions.common import engines, wire
from functions.common.settings import SettingsReader

_DTYPES: Final = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
_CONTEXT_MB: Final = 512
_NATIVE_BF16: Final = (8, 0)
"""Compute capability: from Ampere on bf16 is as fast as fp16, and its range is that of fp32."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device, and the precision it computes in."""

    target: torch.device
    precision: str
    name: str | None
    """Of the GPU."""

    @property
    def kind(self) -> str:
        """`cuda` or `cpu`, as /info and /health say it."""
        return self.target.type

    @property
    def dtype(self) -> torch.dtype:
        """Of weights and activations."""
        return _DTYPES[self.precision]

    @property
    def identity(self) -> str:
        """The same for every process on this GPU, in whatever container; `cpu` for a processor."""
        if self.kind != "cuda":
            return "cpu"
        return str(torch.cuda.get_device_properties(self.target).uuid)

    @property
    def memory_mb(self) -> int | None:
        """Of the GPU in all; None for a processor."""
        if self.kind != "cuda":
            return None
        return int(torch.cuda.get_device_properties(self.target).total_memory >> 20)

    def answers(self) -> bool:
        """Whether it still computes: after some errors CUDA refuses all further work of the process."""
        try:
            torch.ones(1, device=self.target).item()
        except RuntimeError:
            return False
        return True

    def runtime(self, threads: int) -> engines.Runtime:
        """As the services say it of themselves."""
        return engines.Runtime(
            engine=wire.Engine(
                name="torch", version=torch.__version__, threads=threads, processor=self.name or engines.processor()
            ),
            precision=self.precision,
            gpu=wire.Gpu(available=self.name is not None, name=self.name),
        )


def read_device(read: SettingsReader) -> Device:
    """GPU_DEVICE and GPU_PRECISION: unless told otherwise CUDA where there is one, in bf16, or fp16 on a GPU that has
    no bf16 of its own; the processor in fp32. Problems are left with `read`.
    """
    wanted = read.choice("GPU_DEVICE", "auto", ("auto", "cuda", "cpu"))
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        read.problems.append("GPU_DEVICE: cuda was asked for, and torch finds none")
    device = torch.device("cuda" if found and wanted != "cpu" else "cpu")
    chosen = read.choice("GPU_PRECISION", "auto", ("auto", *_DTYPES))
    if chosen == "auto":
        chosen = _best(device)
    return Device(device, chosen, torch.cuda.get_device_name(device) if device.type == "cuda" else None)


def limit_memory(device: Device, leased_mb: int) -> None:
    """Has the allocator fail rather than take more of the GPU than was leased, CUDA's own context left out."""
    if device.memory_mb:
        share = max(0, leased_mb - _CONTEXT_MB) / device.memory_mb
        torch.cuda.set_per_process_memory_fraction(min(1.0, share), device.target)


def _best(device: torch.device) -> str:
    if device.type == "cpu":
        return "fp32"
    return "bf16" if torch.cuda.get_device_capability(device) >= _NATIVE_BF16 else "fp16"
