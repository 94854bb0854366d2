"""The semantic service's settings, parsed once from the environment."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from functions.common.images import ImageLimits
from functions.common.receipts import Platform
from functions.common.settings import SettingsReader
from functions.common.sources import SourceSettings, read_source_settings

_ROOT: Final = Path(__file__).resolve().parents[2]
EXPORTED: Final = _ROOT / "artifacts" / "semantic"
DEMO: Final = _ROOT / "models" / "demo" / "semantic" / "artifact"
# What a synchronous invocation may carry (AWS Lambda quotas: 6 MB each way).
LAMBDA_PAYLOAD_BYTES: Final = 6_291_556


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one call of /batch may take, all pictures together."""

    seconds: float
    """From entry; below the 29 s that API Gateway waits."""
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can choose."""

    artifacts: Path
    detection_threshold: float
    alignment_threshold: float
    minor_threshold: float | None
    """None: the taxonomy's."""
    threads: int
    queue: int
    max_request_bytes: int
    limits: ImageLimits
    sources: SourceSettings
    batch: BatchLimits
    base_path: str
    init_wait_seconds: float
    load_wait_seconds: float
    platform: Platform


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises SettingsError with every problem there is."""
    read = SettingsReader(environment)
    on_lambda = "AWS_LAMBDA_FUNCTION_NAME" in environment
    minor = read.number("MINOR_THRESHOLD", 0.0, minimum=0, maximum=1)
    threads = read.integer("INFERENCE_THREADS", 0, minimum=0, maximum=256)
    gateway = read.choice("COST_GATEWAY", "rest", ("rest", "http", "none"))
    region = read.text("AWS_REGION", read.text("PRICE_REGION", "us-east-1"))
    settings = Settings(
        artifacts=read.directory("SEMANTIC_ARTIFACTS", EXPORTED if EXPORTED.is_dir() else DEMO),
        detection_threshold=read.number("DETECTION_THRESHOLD", 0.25, minimum=0, maximum=1),
        alignment_threshold=read.number("ALIGNMENT_THRESHOLD", 0.5, minimum=0, maximum=1),
        minor_threshold=minor if environment.get("MINOR_THRESHOLD") else None,
        threads=threads or len(os.sched_getaffinity(0)),
        queue=read.integer("QUEUE_LIMIT", 8, minimum=1, maximum=1024),
        max_request_bytes=read.integer("MAX_REQUEST_BYTES", LAMBDA_PAYLOAD_BYTES, minimum=1024, maximum=1 << 30),
        limits=ImageLimits(max_pixels=read.integer("MAX_IMAGE_PIXELS", 40_000_000, minimum=1, maximum=178_000_000)),
        sources=read_source_settings(read, region),
        batch=BatchLimits(
            seconds=read.number("BATCH_SECONDS", 25.0, minimum=1, maximum=900),
            max_pixels=read.integer("MAX_BATCH_PIXELS", 400_000_000, minimum=1, maximum=1 << 40),
        ),
        base_path=read.text("BASE_PATH", "/semantic"),
        init_wait_seconds=read.number("INIT_WAIT_SECONDS", 8.0, minimum=0, maximum=130),
        load_wait_seconds=read.number("LOAD_WAIT_SECONDS", 25.0, minimum=0, maximum=900),
        platform=Platform(
            region=region,
            memory_mb=read.integer(
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" if on_lambda else "COST_MEMORY_MB", 4096, minimum=128, maximum=10_240
            ),
            architecture=_architecture(read, on_lambda=on_lambda),
            provisioned=environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency",
            gateway=None if gateway == "none" else cast("Literal['rest', 'http']", gateway),
            estimated=not on_lambda,
        ),
    )
    read.finish()
    return settings


def _architecture(read: SettingsReader, *, on_lambda: bool) -> Literal["arm64", "x86_64"]:
    if on_lambda:
        return "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
    return cast("Literal['arm64', 'x86_64']", read.choice("COST_ARCHITECTURE", "arm64", ("arm64", "x86_64")))
