"""From the first check to the call that the end prints, with a `cdk` of the test's own and both real services."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from models.canaries import compare_canaries
from models.errors import CanaryError
from ops.api_endpoint import ApiEndpoint
from ops.aws import Aws
from ops.deploy import cdk
from ops.deploy.deployment import check_canaries, deploy
from ops.deploy.next_steps import first_call
from ops.deploy.outputs import Outputs, read_outputs
from ops.deploy.removal import destroy
from ops.errors import OpsError
from ops.programs import Programs
from ops.stage import Stage, read_stage
from tests.ops.deployed import KEY, Deployed, alias, deployed, put_rewarded
from tests.ops.repositories import CDK, REGION, Account, programs, put_model, put_program, put_repository

DEMO_SEMANTIC = Path("models/demo/semantic/artifact")
# Writes down what it was asked, and the outputs as the real one does.
DEPLOYING = f"""
[ "$1" = --version ] && {{ {CDK}; exit; }}
printf '%s\\n' "$@" > asked
env > environment
[ "$1" = deploy ] && cp outputs-of-the-stack cdk-outputs.json
[ ! -e refuse ]
"""

# Where there is no curl: as much of it as is asked for.
CURL = """
import argparse, pathlib, sys, urllib.request
parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("-s", action="store_true")
parser.add_argument("-H", action="append")
parser.add_argument("--data-binary")
given = parser.parse_args()
body = pathlib.Path(given.data_binary.removeprefix("@")).read_bytes()
headers = dict(header.split(": ", 1) for header in given.H)
sys.stdout.write(urllib.request.urlopen(urllib.request.Request(given.url, body, headers)).read().decode())
"""


@dataclass
class Operator:
    """Who deploys: a repository, programs, an account, and what was said."""

    stage: Stage
    programs: Programs
    account: Account
    live: Deployed
    said: list[str] = field(default_factory=list)

    @property
    def aws(self) -> Aws:
        """The account, whose Lambda is the one that is deployed."""
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}
        invoking = boto3.client("lambda", endpoint_url=self.live.url, **keys)
        return Aws(lambda service: invoking if service == "lambda" else self.account.clients[service], REGION)

    @property
    def root(self) -> Path:
        return self.stage.root

    def deploys(self) -> None:
        self.account.known()
        self.account.bootstrapped()
        self.account.has_key(KEY)
        with self.account.asked():
            deploy(self.stage, self.programs, self.aws, self.said.append, ask=False, colour=False)

    def is_refused(self) -> str:
        with pytest.raises(OpsError) as caught:
            self.deploys()
        return str(caught.value)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    directory = tmp_path_factory.mktemp("aesthetic")
    put_rewarded(directory)
    with deployed(directory) as stage:
        yield stage


@pytest.fixture
def operator(live: Deployed, tmp_path: Path) -> Iterator[Operator]:
    root = put_repository(tmp_path)
    demo = root / "models" / "demo"
    for path in (demo / "semantic" / "artifact").iterdir():
        path.unlink()
    (demo / "semantic" / "artifact").rmdir()
    (demo / "semantic" / "artifact").symlink_to(DEMO_SEMANTIC.resolve())
    for path in (demo / "aesthetic" / "artifact").iterdir():
        path.unlink()
    put_rewarded(demo / "aesthetic" / "artifact")
    (root / "outputs-of-the-stack").write_text(json.dumps({"Imajin-dev": live.outputs}), encoding="utf-8")
    found = programs(root, cdk=DEPLOYING)
    found = Programs({"PATH": f"{found.environment['PATH']}{os.pathsep}{os.environ['PATH']}"}, root)
    live.invoked.clear()
    yield Operator(read_stage(root, "dev", demo=True), found, Account(), live)
    live.broken.clear()


def test_a_stage_is_deployed_asked_and_told_of(operator: Operator) -> None:
    operator.deploys()
    asked = (operator.root / "asked").read_text(encoding="utf-8").splitlines()
    assert asked[:3] == ["deploy", "Imajin-dev", "--app"]
    assert asked[3] == f"{shlex.quote(sys.executable)} -m infra.app"
    assert asked[4:6] == ["--context", "stage=dev"]
    assert "semantic.artifacts=models/demo/semantic/artifact" in asked
    assert asked[-4:] == ["--require-approval", "never", "--outputs-file", "cdk-outputs.json"]
    environment = (operator.root / "environment").read_text(encoding="utf-8").splitlines()
    assert {"BUILDX_NO_DEFAULT_ATTESTATIONS=1", f"AWS_REGION={REGION}"} <= set(environment)
    assert operator.live.invoked == [*[alias("semantic")] * 3, *[alias("aesthetic")] * 3]
    text = "\n".join(operator.said)
    assert "nothing blocks a deploy." in text
    # By its alias, and through the API.
    assert text.count("passed: 0 of 24 outside the tolerance of 0.25") == 2
    assert text.count("passed: 0 of 3 outside the tolerance of 0.05") == 2
    assert "Dashboard  https://console.example/dashboard" in text


def test_the_call_it_prints_at_the_end_works(operator: Operator) -> None:
    """The last lines, pasted into a shell, with an `aws` that knows one key."""
    operator.deploys()
    if operator.programs.find("curl") is None:
        put_program(operator.root / "bin", "curl", f'exec {shlex.quote(sys.executable)} -c {shlex.quote(CURL)} "$@"')
    commands = [line.strip() for line in operator.said[-1].splitlines()[-2:]]
    put_program(
        operator.root / "bin", "aws", f'case "$*" in "apigateway get-api-key --api-key abc123 "*) echo {KEY};; esac'
    )
    environment = operator.programs.environment
    done = subprocess.run(
        ["sh", "-c", "\n".join(commands)], env=environment, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert answer["model"]["demo"] is True
    assert answer["attributes"][0]["confidence"] >= 0.5


def test_under_iam_the_call_is_signed() -> None:
    outputs = Outputs("https://x.execute-api.us-east-1.amazonaws.com/prod/", "abc", "", {})
    *_, credentials, call = first_call(outputs, REGION, "iam")
    assert credentials == 'eval "$(aws configure export-credentials --format env)"'
    assert '--aws-sigv4 "aws:amz:us-east-1:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"' in call
    assert '-H "x-api-key: $KEY"' in call


def test_nothing_is_deployed_while_something_is_blocked(operator: Operator) -> None:
    put_program(operator.root / "bin", "docker", "exit 1")
    assert operator.is_refused() == "nothing was deployed: fix what is BLOCKED above first"
    assert not (operator.root / "asked").exists()


def test_a_demo_model_where_a_real_one_belongs_is_refused(operator: Operator) -> None:
    put_model(operator.root, "artifacts/semantic", demo=True)
    operator.stage = read_stage(operator.root, "dev", demo=False)
    operator.is_refused()
    assert "a demo model, and allow_demo_artifacts is false" in " ".join("".join(operator.said).split())
    assert not (operator.root / "asked").exists()


@pytest.mark.parametrize(
    ("models", "refusal"),
    [
        ("exit 1", "the models could not be exported; nothing was deployed"),
        (":", "nothing was deployed: Model of aesthetic: artifacts/aesthetic holds no model yet"),
    ],
)
def test_models_that_are_missing_are_exported_first(operator: Operator, models: str, refusal: str) -> None:
    """By a Python of the test's own, which writes down what it was asked."""
    put_program(operator.root / "bin", "python", f'echo "$@" >> exported\n{models}')
    operator.programs = replace(operator.programs, python=str(operator.root / "bin" / "python"))
    (operator.root / "artifacts" / "aesthetic" / "manifest.json").unlink()
    operator.stage = read_stage(operator.root, "dev", demo=False)
    assert operator.is_refused() == refusal
    assert (operator.root / "exported").read_text(encoding="utf-8") == "-m models all --engine onnxruntime\n"
    assert not (operator.root / "asked").exists()


def test_a_deploy_that_fails_asks_no_canary(operator: Operator) -> None:
    (operator.root / "refuse").touch()
    assert operator.is_refused() == "the deploy failed for the reason above; CloudFormation rolls back what had changed"
    assert operator.live.invoked == []


def test_another_model_than_the_one_exported_here_fails_the_deploy(operator: Operator) -> None:
    """The manifest of the repository is another than that of what answers."""
    manifest = operator.root / "models" / "demo" / "aesthetic" / "artifact" / "manifest.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["model"]["revision"] = "another"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    assert operator.is_refused().startswith("the live answers of aesthetic are not those of the models exported here")
    assert "OTHER MODEL" in "".join(operator.said)


def test_a_score_outside_the_tolerance_fails_the_deploy(operator: Operator) -> None:
    manifest = operator.root / "models" / "demo" / "aesthetic" / "artifact" / "manifest.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["canaries"]["pictures"][0]["expected"]["raw_score"] += 0.06
    manifest.write_text(json.dumps(document), encoding="utf-8")
    assert "aesthetic" in operator.is_refused()
    assert "OUTSIDE" in "".join(operator.said)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (
            {"errorMessage": "Task timed out after 60.00 seconds"},
            "failed (Task timed out after 60.00 seconds); see its log",
        ),
        ({"handled": False}, "failed (no reason given); see its log"),
        ({"statusCode": 503, "body": '{"code": "model_unavailable"}'}, "answered 503 model_unavailable"),
        ({"statusCode": 502, "body": "<html>"}, "answered with something other than JSON"),
        ({"statusCode": 200, "body": "[]"}, "answered 200"),
    ],
)
def test_a_function_that_does_not_answer_is_told_in_one_sentence(
    operator: Operator, payload: dict[str, Any], sentence: str
) -> None:
    operator.live.broken["semantic"] = payload
    assert operator.is_refused() == f"canaries of semantic: imajin-semantic:live/detect: {sentence}"


def test_canaries_can_be_asked_again(operator: Operator) -> None:
    with pytest.raises(OpsError, match=r"^cdk-outputs\.json has no outputs of Imajin-dev: deploy it first"):
        check_canaries(operator.stage, operator.aws, operator.said.append)
    operator.deploys()
    operator.said.clear()
    operator.account.has_key(KEY)
    with operator.account.asked():
        check_canaries(operator.stage, operator.aws, operator.said.append)
    assert sum("passed" in text for text in operator.said) == 4


def test_a_key_that_the_api_does_not_take_fails_the_deploy(operator: Operator) -> None:
    pauses: list[float] = []
    endpoint = ApiEndpoint(f"{operator.live.url}/dev/semantic", "another", REGION, pause=pauses.append)
    with pytest.raises(CanaryError, match=r"/dev/semantic/detect: answered 403 forbidden$"):
        endpoint.post("/detect", b"", "image/jpeg")
    assert sum(pauses) == 90
    assert "another" not in repr(endpoint)


def test_a_key_that_is_known_a_little_later_is_no_failure(operator: Operator) -> None:
    """Which AWS takes up to a minute for."""
    operator.live.unknown_for = 2
    pauses: list[float] = []
    endpoint = ApiEndpoint(f"{operator.live.url}/dev/aesthetic", KEY, REGION, pause=pauses.append)
    assert compare_canaries(operator.root / "models/demo/aesthetic/artifact", endpoint).passed
    assert pauses == [5, 5]


def test_outputs_of_another_version_are_told_apart(operator: Operator) -> None:
    path = operator.root / "cdk-outputs.json"
    values = {name: value for name, value in operator.live.outputs.items() if name != "AestheticAlias"}
    path.write_text(json.dumps({"Imajin-dev": values}), encoding="utf-8")
    with pytest.raises(OpsError, match="Imajin-dev has no output AestheticAlias"):
        read_outputs(path, "dev")


def test_diff_and_destroy_take_the_same_stage(operator: Operator) -> None:
    def asked() -> list[str]:
        return (operator.root / "asked").read_text(encoding="utf-8").splitlines()

    assert cdk.diff(operator.stage, operator.programs, REGION) == 0
    assert asked()[:2] == ["diff", "Imajin-dev"]
    assert cdk.destroy(operator.stage, operator.programs, REGION, ask=True) == 0
    assert asked()[:2] == ["destroy", "Imajin-dev"]
    assert "--force" not in asked()
    cdk.destroy(operator.stage, operator.programs, REGION, ask=False)
    assert asked()[-1] == "--force"
    assert cdk.bootstrap(operator.programs, "123456789012", REGION) == 0
    assert asked() == ["bootstrap", "aws://123456789012/us-east-1"]
    assert cdk.destroy(operator.stage, Programs({"PATH": ""}, operator.root), REGION, ask=False) == 127


def taken_away(operator: Operator) -> int:
    operator.account.known()
    with operator.account.asked() as aws:
        return destroy(operator.stage, operator.programs, aws, ask=False)


def test_a_stage_is_taken_away_where_it_is_and_nowhere_else(operator: Operator) -> None:
    operator.account.refused(
        "cloudformation", "describe_stacks", "ValidationError", "Stack with id Imajin-dev does not exist"
    )
    with pytest.raises(OpsError) as caught:
        taken_away(operator)
    assert str(caught.value) == (
        "there is no stack Imajin-dev in us-east-1, so nothing was deleted; choose another region with REGION=..."
    )
    operator.account.refused("cloudformation", "describe_stacks", "Throttling", "later")
    with pytest.raises(OpsError, match=r"^nothing was deleted: .*later$"):
        taken_away(operator)
    assert not (operator.root / "asked").exists()
    operator.account.has_stack("Imajin-dev")
    assert taken_away(operator) == 0
    assert (operator.root / "asked").read_text(encoding="utf-8").splitlines()[:2] == ["destroy", "Imajin-dev"]


def test_who_may_only_take_on_the_cdks_roles_can_take_a_stage_away(operator: Operator) -> None:
    operator.account.refused("cloudformation", "describe_stacks", "AccessDenied")
    assert taken_away(operator) == 0
    assert (operator.root / "asked").exists()
