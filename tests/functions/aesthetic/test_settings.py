"""The aesthetic service's settings, from an environment."""

from pathlib import Path

import pytest

from functions.aesthetic.settings import read_settings
from functions.common.settings import SettingsError


def test_defaults(tmp_path: Path) -> None:
    settings = read_settings({"AESTHETIC_ARTIFACTS": str(tmp_path)})
    assert (settings.deployment.artifacts, settings.deployment.base_path) == (tmp_path, "/aesthetic")
    assert (settings.deployment.batch.seconds, settings.deployment.queue) == (25.0, 8)


def test_every_mistake_is_named(tmp_path: Path) -> None:
    environment = {"AESTHETIC_ARTIFACTS": str(tmp_path / "nowhere"), "QUEUE_LIMIT": "0", "BATCH_SECONDS": "soon"}
    with pytest.raises(SettingsError) as refusal:
        read_settings(environment)
    named = {line.partition(":")[0] for line in str(refusal.value).splitlines()}
    assert named == environment.keys()
