"""Bad input through the app and through the events of both gateways, each case between two good requests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulation.gateway_events import load_event
from functions.common.gateway import LambdaHandler
from tests.functions.calls import (
    GATEWAYS,
    Answer,
    Call,
    LambdaContext,
    Transport,
    between_good_requests,
    check_problem,
    check_refusal,
    lambda_answer,
    through_lambda,
)
from tests.functions.cases import HEADER, MALFORMED, MEDIA_TYPE, Case, OddCase
from tests.functions.decoder_shapes.every_shape import EITHER, REFUSED, UNSEEN
from tests.functions.hostile_pictures import DAMAGED, FORMATS, SIZES, TRUNCATED
from tests.functions.hostile_requests import BASE64, BODY, FORWARDED
from tests.functions.measure import peak_memory_mb
from tests.functions.odd_inputs import ODD
from tests.functions.pictures import MARKER, jpeg

CASES = [*BODY, *BASE64, *FORMATS, *SIZES, *TRUNCATED, *DAMAGED, *UNSEEN, *REFUSED]


def test_names_are_distinct() -> None:
    names = [*(case.name for case in [*CASES, *FORWARDED]), *(case.name for case in ODD), *(name for name, _ in EITHER)]
    assert len({*names}) == len(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_problem_and_no_trace(case: Case, transport: Transport, good_call: Call) -> None:
    answer = between_good_requests(transport, good_call, lambda: transport(case.call()))
    assert case.detail in check_problem(answer, *case.expected)["detail"]
    assert ("allow" in answer.headers) == (answer.status == 405)


@pytest.mark.parametrize("path", ["/align", "/batch", "/classify", "/moderate", "/"])
def test_what_is_no_request_for_detect_is_none_for_any_route(path: str, send: Transport, good_call: Call) -> None:
    tried = 0
    for case in BODY:
        call = case.call() if case.expected in {MALFORMED, MEDIA_TYPE, HEADER} else None
        if call is None or call.path != "/detect" or (call.content_type or "").startswith("image/"):
            continue
        elsewhere = replace(call, path=path)
        answer = between_good_requests(send, good_call, lambda elsewhere=elsewhere: send(elsewhere))  # type: ignore[misc]
        check_problem(answer, *case.expected)
        tried += 1
    assert tried > 30


@pytest.mark.parametrize("case", EITHER, ids=lambda case: case[0])
def test_a_picture_or_a_refusal(case: tuple[str, Callable[[], Call]], transport: Transport, good_call: Call) -> None:
    answer = between_good_requests(transport, good_call, lambda: transport(case[1]()))
    assert answer.status == 200 or check_refusal(answer)


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_what_only_looks_odd_scores_as_if_it_did_not(case: OddCase, transport: Transport, good_call: Call) -> None:
    answer = between_good_requests(transport, good_call, lambda: transport(case.call()))
    plain = transport(case.same_as())
    assert (answer.status, plain.status) == (200, 200), answer.json
    if case.tolerance:
        assert logits(answer) == pytest.approx(logits(plain), abs=case.tolerance)
    else:
        assert answer.scores == plain.scores != []
    if case.warnings is not None:
        assert [notice["code"] for notice in answer.json["warnings"]] == [*case.warnings]


def logits(answer: Answer) -> dict[str, float]:
    return {score["filter"]: score["logit"] for score in answer.json["attributes"]}


# What is an event and not a request


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("case", FORWARDED, ids=lambda case: case.name)
def test_what_a_gateway_forwards(case: Case, gateway: str, handler: LambdaHandler, good_call: Call) -> None:
    def behind_it(call: Call) -> Answer:
        return through_lambda(handler, call, gateway)

    answer = between_good_requests(behind_it, good_call, lambda: behind_it(case.call()))
    check_problem(answer, *case.expected)


SAVED = ("rest_host_with_two_colons", "rest_port_not_a_number", "http_host_with_two_colons", "http_port_not_a_number")
CHANGES: dict[str, dict[str, Any]] = {
    "bad base64": {"body": f"{MARKER}!"},
    "base64 without its padding": {"body": "AAA"},
    "body of another type": {"body": {MARKER: 1}},
    "body with half a surrogate pair": {"body": f"{MARKER}\ud800", "isBase64Encoded": False},
    "headers of another type": {"headers": [MARKER]},
    "header of another type": {"headers": {MARKER: 1}},
    "header with half a surrogate pair": {"headers": {"x-odd": f"{MARKER}\ud800"}},
    "parameters of another type": {"pathParameters": MARKER},
}
EVENTS: dict[str, tuple[Any, str | None]] = {
    **{name: (load_event(name, jpeg()), "malformed_header") for name in SAVED},
    **{name: (load_event(name, b""), None) for name in ("sqs_message", "eventbridge_schedule")},
    **{
        f"{kind}: {name}": (load_event(f"{kind}_image", jpeg()) | change, "malformed_event")
        for kind in GATEWAYS
        for name, change in CHANGES.items()
    },
    "nothing": ({}, None),
    "no object": ([MARKER], None),
    "text": (MARKER, None),
    "null": (None, None),
    "a request without a path": ({"httpMethod": "POST", "requestContext": {}}, None),
}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_an_event_that_is_no_request(
    name: str, gateway: str, handler: LambdaHandler, good_call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    event, code = EVENTS[name]

    def invoke() -> Answer:
        payload = handler(event, LambdaContext())
        if code is None:
            assert payload == {"handled": False, "reason": "not an HTTP event"}
            return Answer(0, {}, b"")
        return lambda_answer(payload)

    answer = between_good_requests(lambda call: through_lambda(handler, call, gateway), good_call, invoke)
    if code is not None:
        check_problem(answer, 400, code)
    assert MARKER not in caplog.text


# What it costs

DECODE_ALL = """
import base64, json, time
from functions.common.errors import BadImage
from functions.common.images import ImageLimits, decode
from tests.functions.decoder_shapes.every_shape import EITHER, REFUSED, UNSEEN
from tests.functions.hostile_pictures import DAMAGED, SIZES

refused = [(case.name, case.call, True) for case in [*SIZES, *DAMAGED, *UNSEEN, *REFUSED]]
for name, make, must_be_refused in [*refused, *((name, make, False) for name, make in EITHER)]:
    call = make()
    json_body = call.content_type == "application/json"
    data = base64.b64decode(json.loads(call.body)["image_base64"]) if json_body else call.body
    started = time.process_time()
    try:
        decode(data, ImageLimits(max_pixels=40_000_000))
        assert not must_be_refused, name
    except BadImage:
        pass
    assert time.process_time() - started < 2, name
"""


def test_time_and_memory_stay_bounded() -> None:
    """All of the pictures, one after another in a process of their own; the largest bomb would take 40 GB.

    Time is the processor's, which no other work on the machine takes from.
    """
    assert peak_memory_mb(DECODE_ALL) < 500
