"""One line of Embedded Metric Format a call: what it says, what it never says, and that it fails nothing."""

import asyncio
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from emulation.gateway_events import load_event
from functions.common import service
from functions.common.exchange import exchange_of
from functions.common.gateway import RUNTIME_MS, LambdaHandler
from functions.common.invocation import Invocation, current
from functions.common.metrics import anonymous
from functions.common.platforms import read_platform
from functions.common.receipts import Cashier, ItemTime, Platform
from functions.common.settings import SettingsReader
from functions.common.wire import ModelReference
from tests.functions.calls import Answer, Call, LambdaContext, through_asgi
from tests.functions.pictures import MARKER

PLATFORM = Platform(
    region="us-east-1",
    memory_mb=1024,
    architecture="arm64",
    provisioned=False,
    gateway="rest",
    estimated=False,
    function="semantic",
    metrics=True,
)
MODEL = ModelReference(id="m", revision=None, precision="fp32", digest="0" * 64, demo=False)
METRICS = {"CostUsd", "GbSeconds", "BilledMs", "Images", "ColdStart"}


class Echo(BaseModel):
    """A request model."""

    value: int


def app_on(platform: Platform) -> FastAPI:
    app = service.create_service(title="small", version="1", description="", cashier=Cashier(platform), requests=[Echo])

    @app.post("/detect")
    async def detect(request: Request) -> Response:
        exchange = exchange_of(request)
        await request.body()
        exchange.images, exchange.counterpart = 2, "labels"
        exchange.items = [ItemTime(0, "ok", 1.0), ItemTime(1, "ok", 2.0)]
        envelope = exchange.envelope(MODEL)
        return Response(json.dumps({"usd": envelope["cost"].usd if envelope["cost"] else None}))

    @app.post("/fault")
    async def fault() -> Response:
        raise RuntimeError(MARKER)

    return app


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return read


@pytest.fixture
def invoked() -> Iterator[Callable[..., None]]:
    """Makes the calls that follow those of a platform."""
    tokens = []

    def during(**fields: Any) -> None:
        tokens.append(current.set(Invocation(**fields)))

    yield during
    for token in reversed(tokens):
        current.reset(token)


def call(app: FastAPI, path: str = "/detect", **fields: Any) -> Answer:
    return through_asgi(app, Call(path, **fields))[0]


def test_a_whole_line(emitted: Callable[[], list[dict[str, Any]]], invoked: Callable[..., None]) -> None:
    invoked(request_id="r-1", stage="prod", caller="apiKeyId:k1l2m3n4o5", init_ms=2_000.5)
    before = time.time() * 1000
    answer = call(app_on(PLATFORM))
    (line,) = emitted()
    assert before - 1 <= line["_aws"].pop("Timestamp") <= time.time() * 1000
    receipt = line.pop("receipt")
    assert line == {
        "_aws": {
            "CloudWatchMetrics": [
                {
                    "Namespace": "Imajin",
                    "Dimensions": [["Function", "Route", "Stage"]],
                    "Metrics": [
                        {"Name": "CostUsd", "Unit": "None"},
                        {"Name": "GbSeconds", "Unit": "None"},
                        {"Name": "BilledMs", "Unit": "Milliseconds"},
                        {"Name": "Images", "Unit": "Count"},
                        {"Name": "ColdStart", "Unit": "Count"},
                    ],
                }
            ]
        },
        "Function": "semantic",
        "Route": "/detect",
        "Stage": "prod",
        "request_id": "r-1",
        "caller": "key:k1l2m3n4o5",
        "status": 200,
        "CostUsd": [float(receipt["usd"])],
        "GbSeconds": [float(receipt["gb_seconds"])],
        "BilledMs": [float(receipt["billed_ms"])],
        "Images": [2.0],
        "ColdStart": [1.0],
    }
    assert receipt["usd"] == answer.json["usd"] == answer.headers["x-cost-usd"], "one receipt, wherever it is told"
    assert receipt["init_ms"] == 2_001
    assert receipt["compared_with"]["usd"] == "0.00200000"
    assert "items" not in receipt, "logs are paid by size"
    assert None not in receipt.values()


@pytest.mark.parametrize(("kind", "stage", "caller"), [("rest", "prod", "key:k1l2m3n4o5"), ("http", "$default", None)])
def test_behind_a_gateway(
    kind: str,
    stage: str,
    caller: str | None,
    loop: asyncio.AbstractEventLoop,
    emitted: Callable[[], list[dict[str, Any]]],
) -> None:
    handler = LambdaHandler(app_on(PLATFORM), base_path="/semantic", provisioned=False)
    asyncio.get_event_loop().close()  # the handler's own
    asyncio.set_event_loop(loop)
    for _ in range(2):
        handler(load_event(f"{kind}_json", b"x"), LambdaContext())
    cold, warm = emitted()
    assert [line["ColdStart"] for line in (cold, warm)] == [[1.0], [0.0]]
    assert {(line["Route"], line["Stage"], line["caller"]) for line in (cold, warm)} == {("/detect", stage, caller)}
    assert cold["request_id"] == LambdaContext().aws_request_id
    assert warm["receipt"]["billed_ms"] > RUNTIME_MS, "the runtime around the handler is billed, too"


def test_a_refused_call_and_a_fault_cost_too(emitted: Callable[[], list[dict[str, Any]]]) -> None:
    app = app_on(PLATFORM)
    call(app, "/fault")
    call(app, method="GET", content_type=None)
    call(app, f"/{MARKER}")
    lines = emitted()
    assert [(line["Route"], line["status"], line["Images"], line["ColdStart"]) for line in lines] == [
        ("/fault", 500, [0.0], [0.0]),
        ("/detect", 405, [0.0], [0.0]),
        ("unmatched", 404, [0.0], [0.0]),
    ]
    assert all(line["CostUsd"][0] > 0 for line in lines)
    assert {line["Stage"] for line in lines} == {"none"}


def test_what_a_caller_says_is_never_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    app = app_on(PLATFORM)
    for path in ("/detect", "/fault", f"/{MARKER}"):
        call(
            app,
            path,
            body=json.dumps({"prompt": MARKER, "labels": [MARKER]}).encode(),
            query=f"{MARKER}={MARKER}",
            headers={"user-agent": MARKER, "x-api-key": MARKER},
        )
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 3
    assert MARKER not in printed


def test_what_is_not_known_is_no_metric(emitted: Callable[[], list[dict[str, Any]]]) -> None:
    call(app_on(replace(PLATFORM, region="nowhere-1")))
    call(app_on(replace(PLATFORM, region="eu-central-1")))
    without_table, without_price = emitted()
    assert METRICS & without_table.keys() == {"Images", "ColdStart"}
    assert without_table["receipt"] is None
    assert METRICS & without_price.keys() == METRICS - {"CostUsd"}
    assert "usd" not in without_price["receipt"]


def test_an_instance_has_no_gigabyte_seconds(emitted: Callable[[], list[dict[str, Any]]]) -> None:
    call(app_on(replace(PLATFORM, instance_type="ml.g6.xlarge", stage="dev")))
    (line,) = emitted()
    assert METRICS & line.keys() == METRICS - {"GbSeconds"}
    assert line["receipt"]["instance"]["type"] == "ml.g6.xlarge"
    assert line["Stage"] == "dev"


def test_powertools_own_settings_change_nothing(
    emitted: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "other")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Other")
    call(app_on(PLATFORM))
    (line,) = emitted()
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"]) == ("Imajin", [["Function", "Route", "Stage"]])


def test_off_means_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(app_on(replace(PLATFORM, metrics=False))).status == 200
    assert capsys.readouterr().out == ""


class Full(io.StringIO):
    """An output that takes nothing."""

    def write(self, text: str) -> int:
        raise OSError(28, f"no space for {MARKER} and {len(text)} more")


def test_a_line_that_cannot_be_written_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_on(PLATFORM)
    monkeypatch.setattr(sys, "stdout", Full())
    answer = call(app)
    monkeypatch.undo()
    assert answer.status == 200
    assert f"request {answer.headers['x-request-id']}: no metrics" in caplog.text
    assert MARKER not in caplog.text


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        (None, None),
        ("apiKeyId:k1l2m3n4o5", "key:k1l2m3n4o5"),
        # printf AROAEXAMPLE | sha256sum
        ("caller:AROAEXAMPLE", "iam:46c3780097a1f64e"),
        ("callerId:AROAEXAMPLE", "iam:46c3780097a1f64e"),
    ],
)
def test_a_principal_is_told_by_a_hash(caller: str | None, told: str | None) -> None:
    assert anonymous(caller) == told


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, False),
        ({"METRICS": "on"}, True),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f"}, True),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f", "METRICS": "off"}, False),
        ({"INSTANCE_TYPE": "ml.g6.xlarge"}, False),
    ],
)
def test_lambda_emits_and_others_where_told(environment: dict[str, str], on: bool) -> None:
    read = SettingsReader(environment)
    assert read_platform(read, "us-east-1", "semantic").metrics is on
    read.finish()


def test_where_nothing_is_emitted_nothing_is_imported() -> None:
    program = """
import sys
from functions.common.metrics import open_metrics
from functions.common.receipts import Platform
fields = dict(region="us-east-1", memory_mb=1, architecture="arm64", provisioned=False, gateway=None, estimated=False)
for metrics in (False, True):
    open_metrics(Platform(**fields, metrics=metrics))
    print("aws_lambda_powertools" in sys.modules, "boto3" in sys.modules, "aws_xray_sdk" in sys.modules)
"""
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert printed.split("\n") == ["False False False", "True False False", ""]
