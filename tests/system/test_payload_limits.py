"""Payloads up to and over what Lambda carries; afterwards the next good request is answered as before."""

import io

import numpy as np
import pytest
from PIL import Image

from emulation.execution_environment import ExecutionEnvironment
from tests.system.answers import HttpAnswer, check_contract, http_answer
from tests.system.subjects import Subject

pytestmark = pytest.mark.system

LAMBDA_PAYLOAD_BYTES = 6_291_556


def noise_png(side: int) -> bytes:
    """A PNG of (side, side, 3) noise, which does not compress: about 3 bytes a pixel."""
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()


def test_a_picture_of_nearly_the_payload_limit_is_served(
    subject: Subject, environment: ExecutionEnvironment, picture: bytes, reference: HttpAnswer
) -> None:
    large = noise_png(1240)
    assert 0.95 * LAMBDA_PAYLOAD_BYTES < len(large) * 4 / 3 < LAMBDA_PAYLOAD_BYTES
    answer = http_answer(environment.invoke(subject.event("rest_json", large)))
    assert answer.status == 200
    check_contract(subject.name, subject.schema, answer.body)
    assert http_answer(environment.invoke(subject.event("rest_json", picture))).scores == reference.scores


def test_an_event_over_the_payload_limit_does_no_lasting_harm(
    subject: Subject, environment: ExecutionEnvironment, picture: bytes, reference: HttpAnswer
) -> None:
    # Lambda refuses such an event before the function; the emulator cuts it off, so that the runtime cannot read it.
    refused = environment.invoke(subject.event("rest_json", noise_png(1500))).payload
    assert refused["errorType"] == "Runtime.UnmarshalError"
    assert http_answer(environment.invoke(subject.event("rest_json", picture))).scores == reference.scores


@pytest.mark.parametrize("event", ["rest_json", "rest_image", "http_image"])
def test_a_body_over_the_services_own_limit_is_413(
    event: str, subject: Subject, picture: bytes, reference: HttpAnswer
) -> None:
    limit = len(picture) * 2
    with ExecutionEnvironment(subject.handler, {"MAX_REQUEST_BYTES": str(limit)}) as limited:
        answer = http_answer(limited.invoke(subject.event(event, noise_png(1000))))
        assert http_answer(limited.invoke(subject.event(event, picture))).scores == reference.scores
    assert answer.status == 413
    assert answer.content_type == "application/problem+json"
    check_contract(subject.name, "Problem", answer.body)
    assert (answer.body["code"], answer.body["limit"]) == ("payload_too_large", limit)
    assert answer.body["actual"] > limit
