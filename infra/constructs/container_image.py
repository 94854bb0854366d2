"""A function's container image: what it is built from, and for which machine."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_lambda as lambda_

from infra.artifacts import artifact_directories, gpu_artifacts
from infra.config import Architecture
from infra.constructs.build_context import ignore_patterns

LAMBDA_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
PLATFORMS = {"arm64": ecr_assets.Platform.LINUX_ARM64, "x86_64": ecr_assets.Platform.LINUX_AMD64}


def inference_image(root: Path, name: str, *, artifacts: str, architecture: Architecture) -> dict[str, Any]:
    """Return how the image of `functions/<name>` is built, without its directory (`root`), as every asset takes it.

    The context holds the function's allow-list alone, and of the places where artifacts may be only `artifacts`.
    """
    unused = tuple(directory for directory in artifact_directories(name) if directory != artifacts)
    return {
        "file": f"functions/{name}/Dockerfile",
        "exclude": ignore_patterns(root, name, leave_out=unused),
        "ignore_mode": cdk.IgnoreMode.DOCKER,
        "build_args": {"ARTIFACTS": artifacts},
        "platform": PLATFORMS[architecture],
    }


def gpu_image(root: Path, name: str) -> dict[str, Any]:
    """Return the same of the GPU image of `functions/<name>`, whose base has x86_64 alone."""
    return {
        "file": f"functions/{name}/Dockerfile.gpu",
        "exclude": ignore_patterns(root, name, dockerfile_name="Dockerfile.gpu"),
        "ignore_mode": cdk.IgnoreMode.DOCKER,
        "build_args": {"ARTIFACTS": gpu_artifacts(name)},
        "platform": ecr_assets.Platform.LINUX_AMD64,
    }
