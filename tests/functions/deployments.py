"""A service's settings with others of the deployment's."""

from dataclasses import replace
from typing import Any, TypeVar

from functions.aesthetic import settings as aesthetic
from functions.semantic import settings as semantic

Settings = TypeVar("Settings", aesthetic.Settings, semantic.Settings)


def redeployed(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, deployment=replace(settings.deployment, **changes))
