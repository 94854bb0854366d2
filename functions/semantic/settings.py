"""The semantic service's settings, parsed once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.common.deployment import DeploymentSettings, read_deployment
from functions.common.settings import SettingsReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can choose."""

    deployment: DeploymentSettings
    detection_threshold: float
    alignment_threshold: float
    minor_threshold: float | None
    """None: the taxonomy's."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises SettingsError with every problem there is."""
    read = SettingsReader(environment)
    minor = read.number("MINOR_THRESHOLD", 0.0, minimum=0, maximum=1)
    settings = Settings(
        deployment=read_deployment(read, "semantic"),
        detection_threshold=read.number("DETECTION_THRESHOLD", 0.25, minimum=0, maximum=1),
        alignment_threshold=read.number("ALIGNMENT_THRESHOLD", 0.5, minimum=0, maximum=1),
        minor_threshold=minor if environment.get("MINOR_THRESHOLD") else None,
    )
    read.finish()
    return settings
