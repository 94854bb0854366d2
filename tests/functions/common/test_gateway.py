"""The Lambda entry point with saved events, and with events nobody should send."""

import asyncio
import copy
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from emulation.gateway_events import EVENTS, load_event
from functions.common.events import is_http
from functions.common.gateway import LambdaHandler, process_age_ms, release_ms, spent_before_ms
from tests.functions.calls import (
    Call,
    LambdaContext,
    check_contract,
    check_problem,
    lambda_answer,
    rest_event,
    through_asgi,
    through_lambda,
    with_picture,
)
from tests.functions.pictures import MARKER, blocks, jpeg

JPEG = jpeg(blocks())
BAD_HEADERS = {
    "rest_host_with_two_colons",
    "rest_port_not_a_number",
    "http_host_with_two_colons",
    "http_port_not_a_number",
}
NOT_HTTP = {"sqs_message", "eventbridge_schedule"}
HEALTH = {"rest_health", "http_health"}
EVERY = {path.stem for path in EVENTS.glob("*.json")}
DETECT = EVERY - BAD_HEADERS - NOT_HTTP - HEALTH

MakeHandler = Callable[..., LambdaHandler]


@pytest.fixture
def make_handler(app: FastAPI, handler: LambdaHandler) -> Iterator[MakeHandler]:  # noqa: ARG001 - it made a loop
    """Handlers as fresh environments; each makes an event loop, and the thread gets its former one back."""
    former = asyncio.get_event_loop()
    loops: list[asyncio.AbstractEventLoop] = []

    def make(**options: Any) -> LambdaHandler:
        handler = LambdaHandler(app, **{"base_path": "/semantic", "provisioned": True, **options})
        loops.append(asyncio.get_event_loop())
        return handler

    yield make
    for loop in loops:
        loop.close()
    asyncio.set_event_loop(former)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_may_use_up_the_threads_loop(handler: LambdaHandler, turn: str) -> None:
    """asyncio.run leaves none behind; the turn after it finds one all the same."""
    assert through_lambda(handler, Call("/health", method="GET", content_type=None)).status == 200, turn
    asyncio.run(asyncio.sleep(0))


def test_all_saved_events_are_covered() -> None:
    assert {"rest_json", "rest_image", "rest_json_base64", "http_json", "http_image"} <= DETECT
    assert EVERY >= BAD_HEADERS | NOT_HTTP | HEALTH


@pytest.mark.parametrize("name", sorted(DETECT))
def test_detects(name: str, handler: LambdaHandler, app: FastAPI) -> None:
    """Whatever the gateway did to path and body, the scores are those of a plain request."""
    payload = handler(load_event(name, JPEG), LambdaContext())
    answer = lambda_answer(payload)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.scores == through_asgi(app, with_picture(JPEG))[0].scores != []
    assert answer.json["request_id"] == answer.headers["x-request-id"] == LambdaContext().aws_request_id
    check_contract("DetectResponse", answer.json)


@pytest.mark.parametrize("name", sorted(HEALTH))
def test_health(name: str, handler: LambdaHandler) -> None:
    answer = lambda_answer(handler(load_event(name, b""), LambdaContext()))
    assert answer.status == 200
    check_contract("HealthResponse", answer.json)


@pytest.mark.parametrize("name", sorted(BAD_HEADERS))
def test_headers_that_mean_nothing(name: str, handler: LambdaHandler) -> None:
    answer = lambda_answer(handler(load_event(name, JPEG), LambdaContext()))
    check_problem(answer, 400, "malformed_header")


@pytest.mark.parametrize(
    "event",
    [
        *({"saved": name} for name in sorted(NOT_HTTP)),
        {},
        {"requestContext": {}},
        {"requestContext": None, "httpMethod": "GET", "path": "/"},
        {"requestContext": {"routeKey": "$connect", "eventType": "CONNECT"}},
        {"version": "2.0", "requestContext": {"http": None}},
        {"httpMethod": "GET", "path": "/health"},
        [],
        None,
        "warm-up",
        7,
    ],
    ids=str,
)
def test_other_events_are_reported_and_dropped(
    event: Any, handler: LambdaHandler, caplog: pytest.LogCaptureFixture
) -> None:
    if isinstance(event, dict) and "saved" in event:
        event = load_event(event["saved"], b"")
    assert not is_http(event)
    assert handler(event, LambdaContext()) == {"handled": False, "reason": "not an HTTP event"}
    assert caplog.messages == [f"request {LambdaContext().aws_request_id}: not an HTTP event, nothing done"]


def test_the_answer_to_a_rest_event_in_full(handler: LambdaHandler) -> None:
    payload = handler(load_event("rest_json", JPEG), LambdaContext())
    assert set(payload) == {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    assert set(payload["headers"]) == {
        "content-length",
        "content-type",
        "x-request-id",
        "x-total-time",
        "x-inference-time",
        "x-cost-usd",
        "x-model-digest",
    }
    assert payload["multiValueHeaders"] == {}
    assert payload["isBase64Encoded"] is False


def test_the_answer_to_an_http_event_in_full(handler: LambdaHandler) -> None:
    payload = handler(load_event("http_json", JPEG), LambdaContext())
    assert set(payload) == {"statusCode", "headers", "body", "isBase64Encoded"}


def test_problems_are_text_on_both_ways(handler: LambdaHandler) -> None:
    for name in ("rest_image", "http_image"):
        answer = lambda_answer(handler(load_event(name, MARKER.encode()), LambdaContext()))
        check_problem(answer, 415, "unsupported_image")


def test_a_fault_of_the_adapter_is_ours(
    handler: LambdaHandler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(MARKER)

    monkeypatch.setattr(handler, "_mangum", broken)
    answer = lambda_answer(handler(load_event("rest_json", JPEG), LambdaContext()))
    check_problem(answer, 500, "internal_error")
    assert "could not be served" in caplog.text


def test_the_event_is_left_as_it_was(handler: LambdaHandler) -> None:
    for name in ("rest_json", "http_named_stage"):
        event = load_event(name, JPEG)
        before = copy.deepcopy(event)
        handler(event, LambdaContext())
        assert event == before


def test_initialisation_is_billed_once(make_handler: MakeHandler, good_call: Call) -> None:
    already_ms = process_age_ms()
    assert already_ms > 0
    handler = make_handler(provisioned=False)
    first, second = (through_lambda(handler, good_call).json["cost"]["billed_ms"] for _ in range(2))
    assert first >= already_ms > second


def test_what_was_provisioned_is_not_billed_again(make_handler: MakeHandler, good_call: Call) -> None:
    assert through_lambda(make_handler(), good_call).json["cost"]["billed_ms"] < process_age_ms()


def test_initialisation_is_billed_to_the_first_event_whatever_it_is(make_handler: MakeHandler, good_call: Call) -> None:
    handler = make_handler(provisioned=False)
    handler({}, LambdaContext())
    assert through_lambda(handler, good_call).json["cost"]["billed_ms"] < process_age_ms()


def test_nothing_of_the_caller_is_logged(handler: LambdaHandler, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    call = Call(f"/{MARKER}", json.dumps({MARKER: MARKER}).encode(), query=f"a={MARKER}")
    check_problem(through_lambda(handler, call), 404, "not_found")
    caplog_of_ours = [record for record in caplog.records if record.name != "asyncio"]
    assert caplog_of_ours
    assert MARKER not in caplog.text


def test_the_test_events_are_those_of_a_gateway() -> None:
    """rest_event() differs from a saved event in nothing but the call."""
    saved = load_event("rest_json", JPEG)
    made = rest_event(Call("/detect", saved["body"].encode()))
    assert set(made) == set(saved)
    assert made["body"] == saved["body"]
    assert made["path"] == saved["path"]
    assert made["requestContext"] == saved["requestContext"]


@pytest.mark.parametrize(
    ("remaining_ms", "idle_ms", "spent_ms"),
    [
        (60_000, 5_000.0, 0.0),
        (59_988, 5_000.0, 12.0),  # reading an event of 3 MB
        (58_104, 11.7, 11.7),  # a first call of the emulator: its deadline counts from before the start
        (60_001, 5_000.0, 0.0),  # a clock that is a millisecond off
        (0, 5_000.0, 0.0),
        (59_988, -1.0, 0.0),
    ],
)
def test_what_was_over_when_the_handler_began(remaining_ms: int, idle_ms: float, spent_ms: float) -> None:
    assert spent_before_ms(remaining_ms, idle_ms) == spent_ms


@pytest.mark.parametrize(
    ("event", "milliseconds"), [({"body": "A" * 5_000_000}, 1.5), ({"body": None}, 0), ({}, 0), (7, 0)]
)
def test_what_a_large_event_costs_when_it_is_over(event: Any, milliseconds: float) -> None:
    assert release_ms(event) == milliseconds


def test_a_call_is_billed_for_what_was_over_when_it_began(make_handler: MakeHandler) -> None:
    handler = make_handler()
    event = rest_event(with_picture(JPEG))
    billed = []
    for remaining_ms in (29_000, 28_200):
        time.sleep(1)  # the environment was ready before the call came
        answer = json.loads(handler(event, LambdaContext(remaining_ms=remaining_ms))["body"])
        billed.append(answer["cost"]["billed_ms"] - answer["timing_ms"]["total"])
    assert billed[1] - billed[0] == pytest.approx(800, abs=400)
