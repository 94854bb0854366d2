"""A checkpoint of a few training steps, made once by the program itself; it has learned nothing."""

from pathlib import Path

import pytest

from models.demo.aesthetic.program import FAST, run


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the drawn pictures."""
    return tmp_path_factory.mktemp("demo-aesthetic-cache")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """The checkpoint's folder."""
    out = tmp_path_factory.mktemp("demo-aesthetic") / "checkpoint"
    run(FAST, out, cache)
    return out
