"""The semantic service's settings, from an environment."""

import os
from pathlib import Path

import pytest

from functions.common.receipts import Platform
from functions.common.settings import SettingsError
from functions.semantic.settings import Settings, read_settings


def read(directory: Path, **environment: str) -> Settings:
    return read_settings({"SEMANTIC_ARTIFACTS": str(directory), **environment})


def test_outside_lambda_costs_are_estimates(tmp_path: Path) -> None:
    settings = read(tmp_path, PRICE_REGION="eu-west-1", COST_MEMORY_MB="2048", COST_ARCHITECTURE="x86_64")
    assert settings.deployment.platform == Platform(
        region="eu-west-1",
        memory_mb=2048,
        architecture="x86_64",
        provisioned=False,
        gateway="rest",
        estimated=True,
        function="semantic",
    )
    assert settings.detection_threshold == 0.25
    assert settings.alignment_threshold == 0.5
    assert settings.minor_threshold is None
    assert settings.deployment.threads == len(os.sched_getaffinity(0))


def test_on_lambda_the_platform_says_what_it_is(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        AWS_LAMBDA_FUNCTION_NAME="semantic",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE="3008",
        AWS_LAMBDA_INITIALIZATION_TYPE="provisioned-concurrency",
        AWS_REGION="eu-west-1",
        COST_MEMORY_MB="128",
        COST_GATEWAY="none",
    )
    platform = settings.deployment.platform
    assert (platform.memory_mb, platform.region, platform.provisioned) == (3008, "eu-west-1", True)
    assert (platform.gateway, platform.estimated) == (None, False)


def test_the_minor_threshold_is_the_operators(tmp_path: Path) -> None:
    assert read(tmp_path, MINOR_THRESHOLD="0").minor_threshold == 0.0
    assert read(tmp_path, MINOR_THRESHOLD="0.05").minor_threshold == 0.05
    for value in ("-0.5", "1.1", "off"):
        with pytest.raises(SettingsError, match="MINOR_THRESHOLD"):
            read(tmp_path, MINOR_THRESHOLD=value)


def test_every_mistake_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        read(
            tmp_path / "nowhere",
            DETECTION_THRESHOLD="2",
            QUEUE_LIMIT="0",
            MAX_IMAGE_PIXELS="-1",
            COST_GATEWAY="websocket",
            COST_ARCHITECTURE="riscv",
        )
    named = {line.partition(":")[0] for line in str(refusal.value).splitlines()}
    assert named == {
        "SEMANTIC_ARTIFACTS",
        "DETECTION_THRESHOLD",
        "QUEUE_LIMIT",
        "MAX_IMAGE_PIXELS",
        "COST_GATEWAY",
        "COST_ARCHITECTURE",
    }
