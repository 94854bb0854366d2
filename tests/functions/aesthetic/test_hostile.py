"""Bad input through the ASGI app and through the Lambda handler, each case between two good requests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.functions.aesthetic.fakes import batch_call, check_contract, result_of
from tests.functions.aesthetic.hostile import CANDIDATES, ITEMS, PROMPTS, SHARED
from tests.functions.calls import Answer, Call, Transport, check_problem
from tests.functions.cases import Case
from tests.functions.pictures import MARKER, blocks, encoded, noise

CASES = [*SHARED, *PROMPTS, *CANDIDATES]
GOOD = [encoded(blocks(), "PNG"), encoded(noise(40, 30), "PNG")]


def test_names_are_distinct_and_most_cases_are_shared() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({name for name, _, _ in ITEMS}) == len(ITEMS) > 100
    assert len(SHARED) > 250


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_problem_and_no_trace(case: Case, transport: Transport, good_call: Call) -> None:
    before = transport(good_call)
    check_problem(transport(case.call()), *case.expected)
    after = transport(good_call)
    assert result_of(after) == result_of(before)


@pytest.mark.parametrize(("source", "expected"), [item[1:] for item in ITEMS], ids=[item[0] for item in ITEMS])
def test_a_bad_candidate_leaves_the_others_alone(
    source: dict[str, Any], expected: tuple[int, str], send: Callable[[Call], Answer]
) -> None:
    answer = send(batch_call(MARKER, [GOOD[0], source, GOOD[1]]))
    assert answer.status == 200
    assert MARKER.encode() not in answer.body
    check_contract("ScoreBatchResponse", answer.json)
    alone = send(batch_call(MARKER, GOOD)).json["results"]
    *ranked, refused = answer.json["results"]
    for beside, by_itself in zip(ranked, alone, strict=True):
        assert {**beside, "index": beside["index"] // 2} == by_itself
    assert (refused["index"], refused["rank"], refused["status"]) == (1, None, "error")
    problem = refused["error"]
    assert (problem["status"], problem["code"]) == expected
    assert problem["pointer"].startswith("/candidates/1/")
