"""What an operator can choose of a GPU container, beside the service's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from functions.common.deployment import exported_artifact
from functions.common.gpu.device import Device, read_device
from functions.common.settings import SettingsReader

_CONTEXT_MB: Final = 2048
"""Beside the weights: CUDA's context and kernels, activations of a batch, and what the allocator keeps."""
_BYTES: Final = {"bf16": 2, "fp16": 2, "fp32": 4}


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """Where the GPU's memory is leased, and how much."""

    url: str
    gpu: str
    wanted_mb: int
    capacity_mb: int
    term_seconds: float


@dataclass(frozen=True, slots=True)
class GpuSettings:
    """Device, batches, lease, and where the container listens."""

    device: Device
    batch_size: int
    lease: LeaseSettings | None
    host: str
    port: int


def with_defaults(function: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service in a GPU container: another artifact, no gateway that waits for 29 s, and an
    instance whose price is not known unless it is named.
    """
    artifacts = exported_artifact(f"{function}-torch")
    own = {f"{function.upper()}_ARTIFACTS": str(artifacts), "BATCH_SECONDS": "600", "INSTANCE_TYPE": "self-hosted"}
    return own | {name: value for name, value in environment.items() if value}


def read_gpu_settings(environment: Mapping[str, str], artifacts: Path) -> GpuSettings:
    """Settings from environment variables. Raises SettingsError with every problem there is."""
    read = SettingsReader(environment)
    device = read_device(read)
    settings = GpuSettings(
        device=device,
        batch_size=read.integer("GPU_BATCH_SIZE", 16, minimum=1, maximum=256),
        lease=_lease(read, device, artifacts),
        host=read.text("HOST", "127.0.0.1"),
        port=read.integer("PORT", 8080, minimum=1, maximum=65_535),
    )
    read.finish()
    return settings


def _lease(read: SettingsReader, device: Device, artifacts: Path) -> LeaseSettings | None:
    url = read.text("GPU_LEASE_URL", "")
    if not url:
        return None
    if not url.startswith(("redis://", "rediss://", "unix://")):
        # Not repeated: it may hold a password.
        read.problems.append("GPU_LEASE_URL: expected redis://host:port/number, rediss:// or unix://")
    capacity_mb = read.integer("GPU_LEASE_CAPACITY_MB", device.memory_mb or 0, minimum=0, maximum=1 << 24)
    if not capacity_mb:
        read.problems.append("GPU_LEASE_CAPACITY_MB: must be set where there is no GPU to ask for its memory")
    weights_mb = sum(path.stat().st_size for path in artifacts.glob("*.safetensors")) * _BYTES[device.precision] >> 22
    return LeaseSettings(
        url=url,
        gpu=read.text("GPU_LEASE_NAME", device.identity),
        wanted_mb=read.integer("GPU_MEMORY_MB", weights_mb + _CONTEXT_MB, minimum=1, maximum=1 << 24),
        capacity_mb=capacity_mb,
        term_seconds=read.number("GPU_LEASE_SECONDS", 15.0, minimum=1, maximum=600),
    )
