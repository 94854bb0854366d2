"""Which model a service opens where nobody says so, and that a demo model never stands in silently."""

import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import taxonomy
from functions.aesthetic.model import open_model as open_aesthetic_model
from functions.aesthetic.settings import read_settings as read_aesthetic_settings
from functions.common import deployment
from functions.common.deployment import ServiceSettings, demo_artifact
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings
from tests.functions.artifacts import change_manifest

SETTINGS: dict[str, Callable[[Mapping[str, str]], ServiceSettings]] = {
    "semantic": read_settings,
    "aesthetic": read_aesthetic_settings,
}
OPEN: dict[str, Callable[[Path], object]] = {
    "semantic": lambda directory: open_model(directory, taxonomy.load(), 1),
    "aesthetic": lambda directory: open_aesthetic_model(directory, 1),
}


@pytest.mark.parametrize("function", SETTINGS)
def test_the_setting_then_what_was_exported_then_the_demo(
    function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "_ROOT", tmp_path)
    demo, exported, chosen = (tmp_path / "models" / "demo" / function / "artifact"), tmp_path / "artifacts", tmp_path
    demo.mkdir(parents=True)
    other = {"semantic": "aesthetic", "aesthetic": "semantic"}[function]
    (exported / other).mkdir(parents=True)
    assert SETTINGS[function]({}).deployment.artifacts == demo
    (exported / function).mkdir()
    assert SETTINGS[function]({}).deployment.artifacts == exported / function
    assert SETTINGS[function]({f"{function.upper()}_ARTIFACTS": str(chosen)}).deployment.artifacts == chosen


@pytest.mark.parametrize("function", OPEN)
def test_a_demo_model_is_said_loudly_and_no_other(
    function: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    OPEN[function](demo_artifact(function))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.startswith(f"DEMO MODEL: imajin-demo-{function} ")
    assert f"{function.upper()}_ARTIFACTS=" in record.message
    caplog.clear()
    published = shutil.copytree(demo_artifact(function), tmp_path / function)
    change_manifest(published, lambda document: document["model"].update(demo=False))
    OPEN[function](published)
    assert caplog.records == []
