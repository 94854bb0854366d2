"""POST /score-batch as a caller sees it: the order, ties, bad candidates, time and pixels running out."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from functions.aesthetic.scale import win_probability
from functions.aesthetic.settings import Settings
from functions.common.deployment import BatchLimits
from tests.functions.aesthetic.fakes import (
    LENGTH,
    MARGIN,
    STD,
    BrightnessEngine,
    app_of,
    batch_call,
    check_contract,
    result_of,
    score_call,
)
from tests.functions.calls import Answer, Call, Transport, as_base64, check_problem, through_asgi
from tests.functions.deployments import redeployed
from tests.functions.pictures import MARKER, animated, blocks, encoded, jpeg, noise, plain

PROMPT = "a red kite over the sea"
PICTURES = [encoded(blocks(), "PNG"), jpeg(noise(40, 30, 1)), encoded(noise(30, 60, 2), "PNG"), animated("WEBP")]

Send = Callable[[Call], Answer]


def grey(level: int) -> bytes:
    return encoded(plain((level, level, level)), "PNG")


def test_candidates_in_order_each_as_if_it_were_alone(transport: Transport) -> None:
    answer = transport(batch_call(PROMPT, PICTURES))
    check_contract("ScoreBatchResponse", answer.json)
    alone = [transport(score_call(picture, prompt=PROMPT)).json for picture in PICTURES]
    order = sorted(range(len(PICTURES)), key=lambda index: -alone[index]["raw_score"])
    result = result_of(answer)
    assert result.pop("results") == [
        {
            "rank": rank,
            "index": index,
            "id": None,
            "status": "ok",
            "raw_score": alone[index]["raw_score"],
            "normalized_score": alone[index]["normalized_score"],
            "percentile": None,
            "win_probability": None
            if after is None
            else win_probability(alone[index]["raw_score"], alone[after]["raw_score"], STD),
            "error": None,
            "warnings": alone[index]["warnings"],
        }
        for rank, (index, after) in enumerate(zip(order, [*order[1:], None], strict=True), 1)
    ]
    # The first and the last are one picture, stored in two ways.
    assert result == {
        "best_candidate": order[0],
        "tied": [[0, 3]],
        "tie_margin": MARGIN,
        "prompt_truncated": False,
        "continuation": None,
    }
    assert answer.json["warnings"] == []


def test_ties_are_what_the_engine_cannot_tell_apart(settings: Settings) -> None:
    app = app_of(settings, BrightnessEngine())
    levels = [100, 200, 196, 192, 106, 10]  # a level is 0.0078: 6 are within the margin of 0.05, 8 are not
    result = result_of(through_asgi(app, batch_call("", [grey(level) for level in levels]))[0])
    assert [item["index"] for item in result["results"]] == [1, 2, 3, 4, 0, 5]
    assert result["best_candidate"] == 1
    assert result["tied"] == [[1, 2], [2, 3], [4, 0]]


def test_a_bad_candidate_is_its_own_problem(transport: Transport) -> None:
    candidates: list[dict[str, Any]] = [
        {"id": "url", "image_url": f"https://{MARKER}.example/a.png"},
        {"id": "a", "image_base64": as_base64(PICTURES[0])},
        {"id": "base64", "image_base64": "%%%"},
        {"image_base64": as_base64(b"<html>" + MARKER.encode())},
        {"id": "narrow", "image_base64": as_base64(encoded(plain((1, 2, 3), (1, 51)), "PNG"))},
        {"id": "b", "image_base64": as_base64(PICTURES[1])},
    ]
    answer = transport(batch_call(MARKER, candidates))
    assert answer.status == 200
    assert MARKER.encode() not in answer.body
    check_contract("ScoreBatchResponse", answer.json)
    results = answer.json["results"]
    assert {item["id"] for item in results[:2]} == {"a", "b"}
    assert [(item["rank"], item["status"]) for item in results] == [(1, "ok"), (2, "ok"), *[(None, "error")] * 4]
    problems = [item["error"] for item in results[2:]]
    assert [(problem["code"], problem["status"], problem["pointer"]) for problem in problems] == [
        ("url_blocked", 403, "/candidates/0/image_url"),
        ("invalid_base64", 422, "/candidates/2/image_base64"),
        ("unsupported_image", 415, "/candidates/3/image_base64"),
        ("image_too_narrow", 422, "/candidates/4/image_base64"),
    ]
    assert {problem["request_id"] for problem in problems} == {answer.json["request_id"]}
    both = transport(batch_call(MARKER, [PICTURES[0], PICTURES[1]])).json["results"]
    for mixed, pure in zip(results, both, strict=False):
        assert mixed["raw_score"] == pure["raw_score"]
        assert mixed["win_probability"] == pure["win_probability"]


def test_where_none_can_be_scored_there_is_no_best(transport: Transport) -> None:
    answer = transport(batch_call(PROMPT, [b"<html>", b"%PDF"]))
    assert answer.status == 200
    check_contract("ScoreBatchResponse", answer.json)
    assert (answer.json["best_candidate"], answer.json["tied"], answer.json["prompt_truncated"]) == (None, [], None)
    assert [(item["index"], item["rank"], item["raw_score"]) for item in answer.json["results"]] == [
        (0, None, None),
        (1, None, None),
    ]


def test_the_best_of_one(send: Send) -> None:
    answer = send(batch_call(PROMPT, PICTURES[:1]))
    assert answer.json["best_candidate"] == 0
    assert answer.json["results"][0]["win_probability"] is None
    assert answer.json["tied"] == []


def test_a_long_prompt_is_said_once(send: Send) -> None:
    answer = send(batch_call("kite " * LENGTH, PICTURES[:2]))
    assert answer.json["prompt_truncated"] is True
    assert [notice["code"] for notice in answer.json["warnings"]] == ["prompt_truncated"]
    assert [item["warnings"] for item in answer.json["results"]] == [[], []]


@pytest.mark.parametrize("count", [0, 11])
def test_one_to_ten_candidates(transport: Transport, count: int) -> None:
    assert transport(batch_call(PROMPT, [grey(0)] * 10)).status == 200
    problem = check_problem(transport(batch_call(PROMPT, [grey(0)] * count)), 422, "invalid_request")
    assert problem["pointer"] == "/candidates"
    assert problem["actual"] == count


class SlowEngine(BrightnessEngine):
    """Takes its time over each picture."""

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        time.sleep(0.3)
        return super().image_tokens(pixels)


def test_what_time_does_not_reach_is_left_for_the_next_call(settings: Settings) -> None:
    hurried = redeployed(settings, batch=BatchLimits(seconds=1.0, max_pixels=settings.deployment.batch.max_pixels))
    candidates = [{"id": f"n{index}", "image_base64": as_base64(grey(index))} for index in range(6)]
    (answer,) = through_asgi(app_of(hurried, SlowEngine()), batch_call(PROMPT, candidates))
    check_contract("ScoreBatchResponse", answer.json)
    results = answer.json["results"]
    done = sum(item["status"] == "ok" for item in results)
    assert 1 <= done <= 3
    assert [item["index"] for item in results] == [*reversed(range(done)), *range(done, 6)]
    assert [item["id"] for item in results] == [f"n{item['index']}" for item in results]
    assert [item["status"] for item in results] == ["ok"] * done + ["not_processed"] * (6 - done)
    assert answer.json["best_candidate"] == done - 1
    assert answer.json["continuation"] == {"next_index": done, "remaining": 6 - done}


def test_the_first_is_always_tried(settings: Settings) -> None:
    late = redeployed(settings, batch=BatchLimits(seconds=0.0, max_pixels=settings.deployment.batch.max_pixels))
    (answer,) = through_asgi(app_of(late), batch_call(PROMPT, PICTURES))
    assert [item["status"] for item in answer.json["results"]] == ["ok", *["not_processed"] * 3]


def test_all_candidates_together_have_a_limit(settings: Settings) -> None:
    one = 24 * 24
    limited = redeployed(settings, batch=BatchLimits(seconds=25, max_pixels=2 * one + 1))
    tiny = encoded(plain((0, 0, 0), (1, 1)), "PNG")
    call = batch_call(PROMPT, [grey(0), grey(50), grey(100), tiny])
    results = through_asgi(app_of(limited), call)[0].json["results"]
    assert {item["index"] for item in results[:3]} == {0, 1, 3}
    problem = results[3]["error"]
    assert (problem["code"], problem["limit"], problem["actual"]) == ("image_too_many_pixels", 2 * one + 1, 3 * one)
