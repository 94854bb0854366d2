"""The aesthetic service's settings, parsed once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.common.deployment import DeploymentSettings, read_deployment
from functions.common.settings import SettingsReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can choose: nothing that the other service does not have as well."""

    deployment: DeploymentSettings


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises SettingsError with every problem there is."""
    read = SettingsReader(environment)
    settings = Settings(deployment=read_deployment(read, "aesthetic"))
    read.finish()
    return settings
