"""The settings of uploads and jobs, parsed once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from functions.common.objects import Grant, parse_grants
from functions.common.platforms import LAMBDA_PAYLOAD_BYTES, read_platform
from functions.common.receipts import Platform
from functions.common.settings import SettingsReader
from functions.jobs.schemas import Function

UPLOADS: Final = "uploads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator can choose."""

    bucket: str
    region: str
    endpoints: Mapping[str, str]
    """Name of the GPU endpoint of each function that has one."""
    grants: tuple[Grant, ...]
    """Where a job's pictures may lie: among the uploads, and wherever the services themselves may read."""
    max_request_bytes: int
    max_upload_bytes: int
    upload_seconds: int
    queue_seconds: int
    """How long a job may wait for the GPU."""
    run_seconds: int
    """How long it may run."""
    base_path: str
    cors_origins: tuple[str, ...]
    platform: Platform


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises SettingsError with every problem there is."""
    read = SettingsReader(environment)
    region = read.text("AWS_REGION", read.text("PRICE_REGION", "us-east-1"))
    named = {function: read.text(f"JOBS_{function.upper()}_ENDPOINT", "") for function in get_args(Function)}
    bucket = read.text("JOBS_BUCKET", "")
    uploads: tuple[Grant, ...] = ()
    try:
        uploads = parse_grants([f"{bucket}/{UPLOADS}"])
    except ValueError:
        read.problems.append(f"JOBS_BUCKET: expected the name of the bucket of uploads and jobs, got {bucket!r}")
    settings = Settings(
        bucket=bucket,
        region=region,
        endpoints={function: name for function, name in named.items() if name},
        grants=(*uploads, *read.entries("ALLOWED_S3", parse_grants)),
        max_request_bytes=read.integer("MAX_REQUEST_BYTES", LAMBDA_PAYLOAD_BYTES, minimum=1024, maximum=1 << 30),
        # What the services fetch of one picture.
        max_upload_bytes=read.integer("MAX_DOWNLOAD_BYTES", 20_000_000, minimum=1024, maximum=1 << 30),
        upload_seconds=read.integer("UPLOAD_SECONDS", 900, minimum=1, maximum=43_200),
        # The bounds are SageMaker's.
        queue_seconds=read.integer("JOB_QUEUE_SECONDS", 21_600, minimum=60, maximum=21_600),
        run_seconds=read.integer("JOB_RUN_SECONDS", 900, minimum=1, maximum=3600),
        base_path=read.text("BASE_PATH", "/"),
        cors_origins=read.entries("CORS_ORIGINS", tuple),
        platform=read_platform(read, region, "jobs", memory_mb=1024),
    )
    read.finish()
    return settings
