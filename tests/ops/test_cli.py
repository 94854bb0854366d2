"""The commands as an operator starts them, on a machine that knows no account: nothing is changed, and it says why."""

import json
import os
from pathlib import Path

import pytest

from ops.cli import main
from tests.ops.repositories import Account, bare_environment, programs


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
        (["deploy", "--demo", "--yes"], "nothing was deployed: fix what is BLOCKED above first"),
        (["canaries"], "no region is chosen: export AWS_REGION=us-east-1, or aws configure set region us-east-1"),
        (["bootstrap", "--region", "us-east-1"], "there are no AWS credentials (Unable to locate credentials)"),
        (["destroy"], "no region is chosen: export AWS_REGION=us-east-1, or aws configure set region us-east-1"),
        (
            ["destroy", "--yes", "--region", "us-east-1"],
            (
                "nothing was done in us-east-1: there are no AWS credentials (Unable to locate credentials); "
                "aws configure, or aws sso login and export AWS_PROFILE=..."
            ),
        ),
        (
            ["destroy", "--yes", "--region", "us east 1"],
            (
                "nothing was done in us east 1: AWS cannot be called (Provided region_name 'us east 1' doesn't match a "
                "supported format.); check the network, the region's name and HTTPS_PROXY"
            ),
        ),
        (["diff", "--stage", "test"], "cdk.json: stage must be one of dev, prod, not 'test'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {error}\n"


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("action", ["diff", "destroy"])
def test_the_cdk_on_the_path_is_asked_and_its_exit_status_is_ours(
    action: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    account = Account()
    account.known()
    if action == "destroy":
        account.has_stack("Imajin-prod")
    monkeypatch.setattr("ops.deploy.command.connect", lambda _: account.aws)
    with account.asked():
        assert main([action, "--stage", "prod"]) == 3
    assert capfd.readouterr().out.startswith(f"{action} Imajin-prod --app ")


@pytest.mark.usefixtures("machine")
def test_a_profile_that_there_is_not_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert main(["doctor"]) == 2
    expected = (
        "error: The config profile (nobody) could not be found: aws configure list-profiles shows the known ones\n"
    )
    assert capsys.readouterr().err == expected


def test_a_session_of_the_single_sign_on_that_is_over_is_told_as_such(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = machine / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        "[default]\nregion = us-east-1\nsso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = deployer\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert main(["doctor", "--json"]) == 1
    findings = {finding["check"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["Credentials"]["status"] == "blocked"
    assert "aws sso login" in findings["Credentials"]["fix"]
