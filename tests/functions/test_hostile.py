"""Bad input through the ASGI app and through the Lambda handler, each case between two good requests."""

import pytest

from tests.functions.calls import Call, Transport, check_problem
from tests.functions.cases import Case
from tests.functions.hostile_pictures import DAMAGED, FORMATS, SIZES, TRUNCATED
from tests.functions.hostile_requests import BASE64, BODY
from tests.functions.measure import peak_memory_mb

DECODE_ALL = """
import base64, json
from functions.common.errors import BadImage
from functions.common.images import ImageLimits, decode
from tests.functions.hostile_pictures import DAMAGED, SIZES

for case in [*SIZES, *DAMAGED]:
    call = case.call()
    json_body = call.content_type == "application/json"
    data = base64.b64decode(json.loads(call.body)["image_base64"]) if json_body else call.body
    try:
        decode(data, ImageLimits(max_pixels=40_000_000))
    except BadImage:
        continue
    raise AssertionError(case.name)
"""
CASES = [*BODY, *BASE64, *FORMATS, *SIZES, *TRUNCATED, *DAMAGED]


def test_names_are_distinct() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_problem_and_no_trace(case: Case, transport: Transport, good_call: Call) -> None:
    before = transport(good_call)
    check_problem(transport(case.call()), *case.expected)
    after = transport(good_call)
    assert (before.status, after.status) == (200, 200)
    assert after.scores == before.scores != []


def test_memory_stays_bounded() -> None:
    """All of the pictures, one after another in a process of their own; the largest bomb would take 40 GB."""
    assert peak_memory_mb(DECODE_ALL) < 250
