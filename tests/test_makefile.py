"""`make help` is the Makefile's own documentation: every target a reader may call, with what it does."""

import os
import re
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path("Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What `make` says where nothing is asked: targets and what they do."""
    shown = subprocess.run(["make", "--no-print-directory"], capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^  ([a-z-]+) +(.*)$", shown, re.MULTILINE))


def test_every_target_is_told_with_what_it_does(told: dict[str, str]) -> None:
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert targets is not None
    assert told.keys() == set(targets[1].split())
    assert told.keys() >= {
        "help",
        "setup",
        "serve",
        "test",
        "test-system",
        "lint",
        "types",
        "models",
        "invoke",
        "image",
    }
    assert min(map(len, told.values())) >= 9


def test_serving_installs_what_serving_needs_and_nothing_else() -> None:
    """Neither what development needs nor torch."""
    serve = re.search(r"^serve: (.*?) ##", MAKEFILE, re.MULTILINE)
    assert serve is not None
    assert serve[1] == "$(VENV)/.serve"
    recipe = MAKEFILE.split("\n$(VENV)/.serve:", 1)[1].split("\n\n", 1)[0]
    assert re.findall(r"pip install (.*)", recipe) == ["--quiet --no-deps --require-hashes -r requirements-serve.txt"]
    assert "torch" not in recipe


def test_what_would_be_run_can_be_shown_before_set_up(tmp_path: Path) -> None:
    command = ["make", "--dry-run", "--no-print-directory", f"VENV={tmp_path / 'venv'}", "plan"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=alone)
    assert shown.stderr == ""
    assert "python -m ops plan" in shown.stdout
