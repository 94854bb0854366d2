"""What an operator can choose for either service, parsed from the environment by each service's own settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from functions.common.images import ImageLimits
from functions.common.platforms import LAMBDA_PAYLOAD_BYTES, read_platform
from functions.common.receipts import Platform
from functions.common.settings import SettingsReader
from functions.common.sources import SourceSettings, read_source_settings

_ROOT: Final = Path(__file__).resolve().parents[2]


def exported_artifact(function: str) -> Path:
    """Where `python -m models all` puts the artifact of a published model."""
    return _ROOT / "artifacts" / function


def demo_artifact(function: str) -> Path:
    """Where the repository keeps the artifact of the demo model."""
    return _ROOT / "models" / "demo" / function / "artifact"


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one call with several pictures may take, all of them together."""

    seconds: float
    """From entry; below the 29 s that API Gateway waits."""
    max_pixels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSettings:
    """The settings that either service has, whatever it answers."""

    artifacts: Path
    threads: int
    queue: int
    max_request_bytes: int
    limits: ImageLimits
    sources: SourceSettings
    batch: BatchLimits
    base_path: str
    cors_origins: tuple[str, ...]
    """Whose pages browsers let read the answers; the gateway answers their preflight."""
    init_wait_seconds: float
    load_wait_seconds: float
    platform: Platform


class ServiceSettings(Protocol):
    """All settings of either service."""

    @property
    def deployment(self) -> DeploymentSettings:
        """Those that the other has as well."""


def read_deployment(read: SettingsReader, function: str) -> DeploymentSettings:
    """The settings of `function` that the other service has as well. Problems are left with `read`."""
    exported = exported_artifact(function)
    threads = read.integer("INFERENCE_THREADS", 0, minimum=0, maximum=256)
    region = read.text("AWS_REGION", read.text("PRICE_REGION", "us-east-1"))
    return DeploymentSettings(
        artifacts=read.directory(
            f"{function.upper()}_ARTIFACTS", exported if exported.is_dir() else demo_artifact(function)
        ),
        threads=threads or len(os.sched_getaffinity(0)),
        queue=read.integer("QUEUE_LIMIT", 8, minimum=1, maximum=1024),
        max_request_bytes=read.integer("MAX_REQUEST_BYTES", LAMBDA_PAYLOAD_BYTES, minimum=1024, maximum=1 << 30),
        limits=ImageLimits(max_pixels=read.integer("MAX_IMAGE_PIXELS", 40_000_000, minimum=1, maximum=178_000_000)),
        sources=read_source_settings(read, region),
        batch=BatchLimits(
            seconds=read.number("BATCH_SECONDS", 25.0, minimum=1, maximum=900),
            max_pixels=read.integer("MAX_BATCH_PIXELS", 400_000_000, minimum=1, maximum=1 << 40),
        ),
        base_path=read.text("BASE_PATH", f"/{function}"),
        cors_origins=read.entries("CORS_ORIGINS", tuple),
        init_wait_seconds=read.number("INIT_WAIT_SECONDS", 8.0, minimum=0, maximum=130),
        load_wait_seconds=read.number("LOAD_WAIT_SECONDS", 25.0, minimum=0, maximum=900),
        platform=read_platform(read, region, function),
    )
