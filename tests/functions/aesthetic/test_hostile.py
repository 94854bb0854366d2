"""Bad input through the ASGI app and through the Lambda handler, each case between two good requests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.functions.aesthetic.fakes import batch_call, check_contract, result_of
from tests.functions.aesthetic.hostile import CANDIDATES, ITEMS, PROMPTS, SHARED, here
from tests.functions.calls import Answer, Call, Transport, check_problem, check_refusal
from tests.functions.cases import Case, OddCase
from tests.functions.decoder_shapes.every_shape import EITHER
from tests.functions.odd_inputs import ODD
from tests.functions.pictures import MARKER, blocks, encoded, noise

CASES = [*SHARED, *PROMPTS, *CANDIDATES]
NARROW = {"1 x 20000", "20000 x 1"}
"""Odd and right for the other service, which looks at the whole of a picture; here it is at its middle square."""
GOOD = [encoded(blocks(), "PNG"), encoded(noise(40, 30), "PNG")]


def test_names_are_distinct_and_most_cases_are_shared() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({name for name, _, _ in ITEMS}) == len(ITEMS) > 100
    assert len(SHARED) > 250
    assert {case.name for case in ODD} > NARROW


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_problem_and_no_trace(case: Case, transport: Transport, good_call: Call) -> None:
    before = transport(good_call)
    check_problem(transport(case.call()), *case.expected)
    after = transport(good_call)
    assert result_of(after) == result_of(before)


@pytest.mark.parametrize("case", EITHER, ids=lambda case: case[0])
def test_a_picture_or_a_refusal(case: tuple[str, Callable[[], Call]], transport: Transport, good_call: Call) -> None:
    before, answer, after = transport(good_call), transport(here(case[1]())), transport(good_call)
    assert answer.status == 200 or check_refusal(answer)
    assert result_of(after) == result_of(before)


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_what_only_looks_odd_scores_as_if_it_did_not(case: OddCase, transport: Transport) -> None:
    odd, plain = transport(here(case.call())), transport(here(case.same_as()))
    if case.name in NARROW:
        check_problem(odd, 422, "image_too_narrow")
        return
    if case.tolerance:
        assert odd.json["raw_score"] == pytest.approx(plain.json["raw_score"], abs=case.tolerance)
    else:
        assert result_of(odd) == result_of(plain)
    if case.warnings is not None:
        assert [notice["code"] for notice in odd.json["warnings"]] == [*case.warnings]


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
