"""What the GPU images are made of: the two Dockerfiles say the same, and their contexts have what they copy."""

import json
import re
from pathlib import Path

import pytest

from functions.common.gpu.settings import with_defaults

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("aesthetic", "semantic")


def text(function: str, name: str) -> str:
    return (ROOT / "functions" / function / name).read_text(encoding="utf-8")


def lines(function: str) -> list[str]:
    """Instructions of the Dockerfile, a continued one in one line."""
    joined = text(function, "Dockerfile.gpu").replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_context_holds_what_is_copied_and_little_else(function: str) -> None:
    patterns = text(function, "Dockerfile.gpu.dockerignore").splitlines()
    assert patterns[1] == "*", "it must be a list of what is allowed"
    allowed = [line[1:].removesuffix("**") for line in patterns if line.startswith("!")]
    copied = [line.split()[1] for line in lines(function) if line.startswith("COPY ") and "--from" not in line]
    copied = [source.replace("${ARTIFACTS}", f"artifacts/{function}-torch") for source in copied]
    assert all(any(source.startswith(place) for place in allowed) for source in copied), copied
    other = "semantic" if function == "aesthetic" else "aesthetic"
    assert not [place for place in allowed if other in place]
    assert f"functions/{function}/requirements-gpu.txt" in copied


@pytest.mark.parametrize("function", FUNCTIONS)
def test_weights_come_first_and_the_process_is_not_root(function: str) -> None:
    last = lines(function)[max(place for place, line in enumerate(lines(function)) if line.startswith("FROM")) :]
    stages = [re.findall(r"--from=(\w+)", line)[0] for line in last if line.startswith("COPY")]
    assert stages == ["weights", "dependencies", "code"]
    assert "USER 10001:10001" in last
    entry = json.loads(next(line for line in last if line.startswith("ENTRYPOINT")).partition(" ")[2])
    assert entry == ["python3", "-m", f"functions.{function}.gpu"]
    assert 'CMD ["serve"]' in last
    (install,) = [line for line in lines(function) if "pip install" in line]
    assert "--require-hashes" in install
    assert any("artifact_check.py /artifact" in line for line in lines(function) if line.startswith("RUN"))


def test_both_say_the_same() -> None:
    one, other = (
        [line.replace(function, "NAME").replace(function.upper(), "NAME") for line in lines(function)]
        for function in FUNCTIONS
    )
    assert [line for line in other if "taxonomy" not in line] == one
    assert text("aesthetic", "requirements-gpu.txt") == text("semantic", "requirements-gpu.txt")


def test_an_operator_s_settings_come_before_the_container_s() -> None:
    own = with_defaults("semantic", {"BATCH_SECONDS": "30", "INSTANCE_TYPE": ""})
    assert own["BATCH_SECONDS"] == "30"
    assert own["INSTANCE_TYPE"] == "self-hosted"
    assert own["SEMANTIC_ARTIFACTS"] == str(ROOT / "artifacts" / "semantic-torch")
