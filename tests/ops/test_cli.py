"""The commands as an operator starts them, on a machine that knows no account: nothing is changed, and it says why."""

import os
from pathlib import Path

import pytest

from ops.cli import main
from tests.ops.repositories import bare_environment, programs


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Docker, Node, a CDK that repeats what it is asked, and no account."""
    path = programs(tmp_path, cdk='echo "$@"; exit 3').environment["PATH"]
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in bare_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["deploy", "--demo", "--yes"], "nothing was deployed: put right what is BLOCKED above"),
        (["canaries"], "no region is chosen: export AWS_REGION=us-east-1, or aws configure set region us-east-1"),
        (["bootstrap", "--region", "us-east-1"], "there are no AWS credentials (Unable to locate credentials)"),
        (["diff", "--stage", "test"], "cdk.json: stage must be one of dev, prod, not 'test'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert capsys.readouterr().err == f"error: {error}\n"


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("action", ["diff", "destroy"])
def test_the_cdk_on_the_path_is_asked_and_its_exit_status_is_ours(
    action: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([action, "--stage", "prod"]) == 3
    assert capfd.readouterr().out.startswith(f"{action} Imajin-prod --app ")
