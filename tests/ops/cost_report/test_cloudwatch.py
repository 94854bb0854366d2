"""A stage's logs as CloudWatch hands them over: by page, from the groups of the stack's own functions."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ops.aws import Aws
from ops.cost_report.cloudwatch import FILTER, read_group, read_stack
from ops.cost_report.command import run
from ops.cost_report.kept import Configured, Kept
from ops.errors import OpsError

LINES = Path("tests/ops/logs/emulator.log").read_text().splitlines()
GROUP = "Imajin-dev-SemanticLog"
STACK = "Imajin-dev"


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    return client, Stubber(client)


def events(lines: list[str]) -> list[dict[str, Any]]:
    return [{"logStreamName": "s", "timestamp": 1, "message": f"{line}\n", "eventId": "1"} for line in lines]


def expect_pages(stub: Stubber, *pages: list[str], since: int = 100, until: int = 200) -> None:
    asked = {"logGroupName": GROUP, "startTime": since * 1000, "endTime": until * 1000, "filterPattern": FILTER}
    for number, lines in enumerate(pages):
        more = {"nextToken": f"t{number + 1}"} if number + 1 < len(pages) else {}
        given = {"nextToken": f"t{number}"} if number else {}
        stub.add_response("filter_log_events", {"events": events(lines), **more}, asked | given)


def test_a_group_is_read_page_by_page() -> None:
    client, stub = stubbed("logs")
    expect_pages(stub, LINES[:4], [], LINES[4:])
    with stub:
        records = read_group(client, GROUP, since=100, until=200).records
    assert (len(records.receipts), len(records.reports), records.unreadable) == (7, 7, ())
    stub.assert_no_pending_responses()


def test_a_group_that_was_never_written_to_is_empty() -> None:
    client, stub = stubbed("logs")
    stub.add_client_error("filter_log_events", "ResourceNotFoundException")
    with stub:
        assert read_group(client, GROUP, since=100, until=200).records.receipts == ()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDeniedException", "may not call FilterLogEvents"),
        ("ThrottlingException", "AWS refused FilterLogEvents"),
    ],
)
def test_refusals_say_what_was_asked(code: str, sentence: str) -> None:
    client, stub = stubbed("logs")
    stub.add_client_error("filter_log_events", code)
    with stub, pytest.raises(OpsError, match=sentence):
        read_group(client, GROUP, since=100, until=200)


def resource(kind: str, name: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": name,
        "ResourceType": kind,
        "LastUpdatedTimestamp": "2026-11-20T12:00:00Z",
        "ResourceStatus": "CREATE_COMPLETE",
    }


def account(*, kept_ready: int = 2) -> tuple[Callable[[str], Any], list[Stubber]]:
    """A stack of one function, one of the CDK's own, and an endpoint that never ran."""
    formation, of_formation = stubbed("cloudformation")
    lambda_, of_lambda = stubbed("lambda")
    logs, of_logs = stubbed("logs")
    first = {"StackResourceSummaries": [resource("AWS::Lambda::Function", "semantic")], "NextToken": "n"}
    of_formation.add_response("list_stack_resources", first, {"StackName": STACK})
    second = [
        resource("AWS::Lambda::Function", "custom"),
        resource("AWS::SageMaker::Endpoint", "arn:aws:sagemaker:us-east-1:123456789012:endpoint/semantic-gpu"),
    ]
    of_formation.add_response(
        "list_stack_resources", {"StackResourceSummaries": second}, {"StackName": STACK, "NextToken": "n"}
    )
    image = {
        "PackageType": "Image",
        "LoggingConfig": {"LogGroup": GROUP},
        "MemorySize": 8192,
        "Architectures": ["arm64"],
    }
    of_lambda.add_response("get_function_configuration", image, {"FunctionName": "semantic"})
    kept = {"ProvisionedConcurrencyConfigs": [{"AllocatedProvisionedConcurrentExecutions": kept_ready}]}
    of_lambda.add_response("list_provisioned_concurrency_configs", kept, {"FunctionName": "semantic"})
    of_lambda.add_response("get_function_configuration", {"PackageType": "Zip"}, {"FunctionName": "custom"})
    stubs = [of_formation, of_lambda, of_logs]
    for stub in stubs:
        stub.activate()
    clients = {"cloudformation": formation, "lambda": lambda_, "logs": logs}
    return clients.__getitem__, stubs


def test_a_stack_is_its_image_functions_and_its_endpoints() -> None:
    clients, stubs = account()
    expect_pages(stubs[2], LINES)
    stubs[2].add_client_error(
        "filter_log_events",
        "ResourceNotFoundException",
        expected_params={
            "logGroupName": "/aws/sagemaker/Endpoints/semantic-gpu",
            "startTime": 100_000,
            "endTime": 200_000,
            "filterPattern": FILTER,
        },
    )
    sources, kept = read_stack(clients, STACK, region="us-east-1", since=100, until=200)
    assert [(source.name, len(source.records.receipts)) for source in sources] == [
        (GROUP, 7),
        ("/aws/sagemaker/Endpoints/semantic-gpu", 0),
    ]
    assert kept == [Kept("semantic", 2, 100, Configured(region="us-east-1", architecture="arm64", memory_mb=8192))]
    for stub in stubs:
        stub.assert_no_pending_responses()


def options(**given: Any) -> argparse.Namespace:
    return argparse.Namespace(
        **({"since": None, "stage": "dev", "logs": None, "kept": [], "json": True, "html": None} | given)
    )


def test_the_command_asks_for_the_last_day(capsys: pytest.CaptureFixture[str]) -> None:
    clients, stubs = account()
    for lines in (LINES, []):
        stubs[2].add_response("filter_log_events", {"events": events(lines)})
    assert run(options(), lambda: Aws(clients, "us-east-1")) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["total"]["calls"], told["provisioned"][0]["hours"]) == (7, 24.0)


def test_what_cannot_be_asked_for() -> None:
    def never() -> Aws:
        raise AssertionError("AWS is not asked")

    with pytest.raises(OpsError, match="no region is chosen"):
        run(options(), lambda: Aws(lambda _: None, None))
    with pytest.raises(OpsError, match="saved ones are read whole"):
        run(options(logs=[Path("x.log")], since="1h"), never)
    with pytest.raises(OpsError, match="--kept is for saved logs"):
        run(options(kept=["semantic=1x1h"]), never)


def test_a_stage_without_a_call_says_so() -> None:
    clients, stubs = account(kept_ready=0)
    for _ in range(2):
        stubs[2].add_response("filter_log_events", {"events": []})
    with pytest.raises(OpsError, match="Imajin-dev has logged no call in the last 24h"):
        run(options(), lambda: Aws(clients, "us-east-1"))


def test_what_is_kept_ready_costs_without_a_call(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    clients, stubs = account()
    for _ in range(2):
        stubs[2].add_response("filter_log_events", {"events": []})
    page = tmp_path / "report.html"
    assert run(options(json=False, since="1h", html=page), lambda: Aws(clients, "us-east-1")) == 0
    # 2 * 8 GB * 3600 s * 0.0000033334 USD = 0.19200384 USD
    sentence = (
        "semantic: 2 kept ready for 1 h cost 0.192 USD, which no receipt includes; 0.0% of that time was used, "
        "the rest cost 0.192"
    )
    assert sentence in capsys.readouterr().out
    assert sentence in page.read_text(encoding="utf-8")
