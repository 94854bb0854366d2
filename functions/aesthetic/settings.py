"""The aesthetic service's settings, parsed once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from functions.common.deployment import DeploymentSettings, read_deployment
from functions.common.settings import SettingsReader

Settings: TypeAlias = DeploymentSettings


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises SettingsError with every problem there is."""
    read = SettingsReader(environment)
    settings = Settings(**read_deployment(read, "aesthetic"))
    read.finish()
    return settings
