"""Every saved event through AWS's runtime client and emulator, to the real handler and model."""

from dataclasses import dataclass

import pytest

from emulation.execution_environment import ExecutionEnvironment
from emulation.gateway_events import EVENTS
from tests.system.answers import RESPONSE_KEYS, HttpAnswer, check_contract, http_answer
from tests.system.subjects import Subject

pytestmark = pytest.mark.system


SCORED = "the schema of the function's answer"


@dataclass(frozen=True)
class Expected:
    """How one event is answered: by the contract's `schema`, or not at all (None) where it is not HTTP."""

    event: str
    status: int = 200
    schema: str | None = SCORED
    code: str | None = None


EXPECTED = [
    Expected("rest_json"),
    Expected("rest_json_base64"),
    Expected("rest_image"),
    Expected("rest_named_stage"),
    Expected("rest_explicit_resource"),
    Expected("rest_stage_in_path"),
    Expected("rest_base_path_mapping"),
    Expected("rest_host_ipv6"),
    Expected("rest_health", schema="HealthResponse"),
    Expected("rest_host_with_two_colons", 400, "Problem", "malformed_header"),
    Expected("rest_port_not_a_number", 400, "Problem", "malformed_header"),
    Expected("http_json"),
    Expected("http_image"),
    Expected("http_named_stage"),
    Expected("http_health", schema="HealthResponse"),
    Expected("http_host_with_two_colons", 400, "Problem", "malformed_header"),
    Expected("http_port_not_a_number", 400, "Problem", "malformed_header"),
    Expected("sqs_message", schema=None),
    Expected("eventbridge_schedule", schema=None),
]


def test_every_saved_event_is_expected_something_of() -> None:
    assert sorted(expected.event for expected in EXPECTED) == sorted(path.stem for path in EVENTS.glob("*.json"))


@pytest.mark.parametrize("expected", [expected for expected in EXPECTED if expected.schema is not None])
def test_http_event(
    expected: Expected, subject: Subject, environment: ExecutionEnvironment, picture: bytes, reference: HttpAnswer
) -> None:
    invocation = environment.invoke(subject.event(expected.event, picture))
    answer = http_answer(invocation)
    assert expected.schema is not None
    check_contract(subject.name, subject.schema if expected.schema is SCORED else expected.schema, answer.body)

    assert answer.status == expected.status
    assert answer.content_type == ("application/json" if expected.status == 200 else "application/problem+json")
    assert answer.headers["x-request-id"] == answer.body["request_id"]
    assert answer.body.get("code") == expected.code
    if expected.schema is SCORED:
        assert answer.scores == reference.scores
        assert answer.body["model"] == reference.body["model"]
        assert answer.headers["x-model-digest"] == answer.body["model"]["digest"]
        assert answer.headers["x-cost-usd"] == answer.body["cost"]["usd"]
    # A problem found before the app has no multiValueHeaders, which the gateway does not require.
    payload_format = expected.event.partition("_")[0]
    assert RESPONSE_KEYS["http"] <= set(invocation.payload) <= RESPONSE_KEYS[payload_format]


@pytest.mark.parametrize("expected", [expected for expected in EXPECTED if expected.schema is None])
def test_other_event(
    expected: Expected, subject: Subject, environment: ExecutionEnvironment, picture: bytes, reference: HttpAnswer
) -> None:
    invocation = environment.invoke(subject.event(expected.event, picture))
    assert invocation.payload == {"handled": False, "reason": "not an HTTP event"}
    assert "ERROR" not in invocation.log
    again = http_answer(environment.invoke(subject.event("rest_json", picture)))
    assert again.scores == reference.scores


def test_the_receipt_bills_what_the_emulator_measures(subject: Subject, picture: bytes) -> None:
    """The first call is billed with its init, the next without; both within what the runtime around it takes."""
    with ExecutionEnvironment(subject.handler, {}, memory_mb=1769) as fresh:
        first, second = (fresh.invoke(subject.event("rest_json", picture)) for _ in range(2))
    for invocation in (first, second):
        assert invocation.report is not None
        cost = http_answer(invocation).body["cost"]
        assert cost["memory_mb"] == invocation.report.memory_size_mb == 1769
        # The kernel keeps a process's start in steps of 10 ms, and init counts from there.
        assert cost["billed_ms"] <= invocation.report.billed_duration_ms + 10
    assert first.report is not None
    assert first.report.init_duration_ms is not None
    assert second.report is not None
    assert second.report.init_duration_ms is None
    assert http_answer(first).body["cost"]["billed_ms"] > http_answer(second).body["cost"]["billed_ms"]
