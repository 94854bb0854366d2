"""Where an app runs, read from the environment."""

from __future__ import annotations

import platform
from typing import Final, Literal

from functions.common.receipts import Platform
from functions.common.settings import SettingsReader

# What a synchronous invocation may carry (AWS Lambda quotas: 6 MB each way).
LAMBDA_PAYLOAD_BYTES: Final = 6_291_556


def read_platform(read: SettingsReader, region: str, function: str, *, memory_mb: int = 4096) -> Platform:
    """The platform: what Lambda says of itself, elsewhere what an operator says. Problems are left with `read`.

    `memory_mb` is what is estimated for where nobody says anything.
    """
    on_lambda = "AWS_LAMBDA_FUNCTION_NAME" in read.environment
    # Set in the container of an endpoint, as in ml.g6.xlarge.
    instance_type = None if on_lambda else read.text("INSTANCE_TYPE", "") or None
    gateway: Literal["rest", "http", "none"] = read.choice("COST_GATEWAY", "rest", ("rest", "http", "none"))
    return Platform(
        region=region,
        memory_mb=read.integer(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" if on_lambda else "COST_MEMORY_MB", memory_mb, minimum=128, maximum=10_240
        ),
        architecture=_architecture(read, on_lambda=on_lambda),
        provisioned=read.environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency",
        gateway=None if gateway == "none" else gateway,
        estimated=not on_lambda and instance_type is None,
        # Lambda tells a function its memory size, but not this.
        ephemeral_mb=read.integer("COST_EPHEMERAL_MB", 512, minimum=512, maximum=10_240),
        instance_type=instance_type,
        function=function,
        stage=read.text("STAGE", "") or None,
        metrics=read.choice("METRICS", "on" if on_lambda else "off", ("on", "off")) == "on",
    )


def _architecture(read: SettingsReader, *, on_lambda: bool) -> Literal["arm64", "x86_64"]:
    if on_lambda:
        return "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
    return read.choice("COST_ARCHITECTURE", "arm64", ("arm64", "x86_64"))
