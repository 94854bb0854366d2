"""POST /score as a caller sees it: whole answers, several prompts, refusals."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from functions.aesthetic.manifest import RewardDistribution
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.reward_model import Reward
from functions.aesthetic.scale import normalized, percentile
from functions.aesthetic.schemas import MAX_PROMPT_CHARACTERS
from functions.aesthetic.settings import Settings
from tests.functions.aesthetic.fakes import (
    DIGEST,
    LENGTH,
    WordEngine,
    app_of,
    check_contract,
    result_of,
    score_call,
)
from tests.functions.calls import Answer, Call, Transport, check_problem, through_asgi
from tests.functions.deployments import redeployed
from tests.functions.pictures import MARKER, animated, blocks, encoded, jpeg, noise, plain

PICTURE = encoded(blocks(), "PNG")
PROMPTS = ["a red kite, over the sea", "", "ein Drachen \N{KITE} über dem Meer", "a kite " * LENGTH]

Send = Callable[[Call], Answer]


def reward_of(image: Image.Image, prompt: str) -> float:
    engine = WordEngine()
    return engine.reward(engine.image_tokens(engine.pixels(image)), prompt).raw


def test_a_score(transport: Transport) -> None:
    answer = transport(score_call(PICTURE, prompt="a red kite"))
    check_contract("ScoreResponse", answer.json)
    reward = reward_of(blocks(), "a red kite")
    assert result_of(answer) == {
        "raw_score": reward,
        "normalized_score": normalized(reward),
        "percentile": None,
        "prompt_truncated": False,
    }
    assert answer.json["model"] == {
        "id": "fake-rewards",
        "revision": "r1",
        "precision": "int8",
        "digest": DIGEST,
        "demo": False,
    }
    stages = {"load", "decode", "preprocess", "queue", "inference", "total"}
    assert set(answer.json["timing_ms"]) == stages
    assert 0 < answer.json["processing_time_ms"] <= answer.json["timing_ms"]["total"]
    assert answer.json["warnings"] == []
    assert answer.headers["x-model-digest"] == DIGEST
    assert answer.headers["x-cost-usd"] == answer.json["cost"]["usd"]
    assert answer.headers["x-request-id"] == answer.json["request_id"]


def test_several_prompts_are_each_what_it_is_alone(transport: Transport, model: AestheticModel) -> None:
    engine = model.engine
    assert isinstance(engine, WordEngine)
    before = engine.pictures
    answer = transport(score_call(PICTURE, prompts=PROMPTS))
    assert engine.pictures == before + 1, "one picture, one run of the image graph"
    check_contract("ScoresResponse", answer.json)
    assert result_of(answer) == {"scores": [result_of(transport(score_call(PICTURE, prompt=text))) for text in PROMPTS]}
    assert [score["prompt_truncated"] for score in answer.json["scores"]] == [False, False, False, True]
    assert answer.json["warnings"] == [
        {"code": "prompt_truncated", "detail": f"the model reads {LENGTH} tokens of a prompt; cut short: prompts[3]"}
    ]


def test_one_of_several_prompts_comes_as_a_list(send: Send) -> None:
    (score,) = send(score_call(PICTURE, prompts=["a red kite"])).json["scores"]
    assert score == result_of(send(score_call(PICTURE, prompt="a red kite")))


def test_what_is_beyond_the_last_token_changes_nothing(send: Send) -> None:
    read = " ".join(f"word{number}" for number in range(LENGTH - 2))
    short, long = (send(score_call(PICTURE, prompt=prompt)).json for prompt in (read, f"{read} more"))
    assert (short["raw_score"], short["prompt_truncated"]) == (long["raw_score"], False)
    assert long["prompt_truncated"] is True
    assert long["warnings"][0]["detail"] == f"the model reads {LENGTH} tokens of a prompt; cut short: prompt"


@pytest.mark.parametrize("data", [PICTURE, jpeg(), animated("WEBP")], ids=["png", "jpeg", "webp"])
@pytest.mark.parametrize(
    "fields", [{"prompt": "a, b & c=d%"}, {"prompt": ""}, {"prompts": PROMPTS}, {"prompts": ["one, two", "three"]}]
)
def test_a_raw_body_says_what_json_says(transport: Transport, data: bytes, fields: dict[str, Any]) -> None:
    """Bit for bit, the prompts in the query: each its own parameter, commas and all."""
    expected = transport(score_call(data, **fields))
    raw = transport(Call("/score", data, content_type="image/png", query=urlencode(fields, doseq=True)))
    assert result_of(raw) == result_of(expected)
    assert raw.json["warnings"] == expected.json["warnings"]


@pytest.mark.parametrize(
    "fields", [{}, {"prompt": "a", "prompts": ["a"]}, {"prompt": None}, {"prompt": None, "prompts": None}]
)
def test_exactly_one_of_prompt_and_prompts(transport: Transport, fields: dict[str, Any]) -> None:
    problem = check_problem(transport(score_call(PICTURE, **fields)), 422, "invalid_request")
    how_many = "both are" if fields.get("prompt") else "neither is"
    assert problem["detail"] == f"send exactly one of prompt, prompts; {how_many} given"


def test_a_prompt_is_taken_up_to_its_limit(transport: Transport) -> None:
    longest = "\N{KITE}" * MAX_PROMPT_CHARACTERS
    assert transport(score_call(PICTURE, prompt=longest)).status == 200
    problem = check_problem(transport(score_call(PICTURE, prompt=f"{longest}x")), 422, "invalid_request")
    assert (problem["pointer"], problem["limit"]) == ("/prompt", MAX_PROMPT_CHARACTERS)
    problem = check_problem(transport(score_call(PICTURE, prompts=["", f"{longest}x"])), 422, "invalid_request")
    assert (problem["pointer"], problem["limit"]) == ("/prompts/1", MAX_PROMPT_CHARACTERS)


def test_percentiles_where_there_is_a_distribution(settings: Settings) -> None:
    named = RewardDistribution(name="a thousand pictures", quantiles=(-3.0, 0.0, 3.0))
    app = app_of(settings, distribution=named)
    answer, info = through_asgi(app, score_call(PICTURE, prompt="a"), Call("/info", method="GET", content_type=None))
    assert answer.json["percentile"] == percentile(answer.json["raw_score"], named.quantiles)
    assert info.json["reference_distribution"] == "a thousand pictures"


def test_a_picture_too_narrow_to_look_at(transport: Transport) -> None:
    answer = transport(score_call(encoded(plain((9, 9, 9), (10, 501)), "PNG"), prompt=MARKER))
    problem = check_problem(answer, 422, "image_too_narrow")
    assert (problem["pointer"], problem["limit"], problem["actual"]) == ("/image_base64", 50, 50.1)
    assert transport(score_call(encoded(plain((9, 9, 9), (10, 500)), "PNG"), prompt=MARKER)).status == 200


def test_a_picture_scores_the_same_however_it_is_stored(send: Send) -> None:
    expected = result_of(send(score_call(PICTURE, prompts=PROMPTS)))
    for data in (animated("WEBP"), animated("PNG"), encoded(blocks().convert("RGBA"), "PNG")):
        assert result_of(send(score_call(data, prompts=PROMPTS))) == expected


def test_prompts_are_never_logged(transport: Transport, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for call in (
        score_call(PICTURE, prompt=f"{MARKER} {'and ' * 50}"),
        score_call(PICTURE, prompts=[MARKER] * 3),
        score_call(b"no picture", prompt=MARKER),
        score_call(PICTURE, prompt=MARKER * 1000),
        Call("/score", PICTURE, content_type="image/png", query=urlencode({"prompt": MARKER})),
    ):
        transport(call)
    # httpx is the client here, and writes down what it sends.
    logged = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert '"route": "/score"' in "".join(logged)
    assert MARKER not in "".join(logged)


def test_a_fault_of_the_engine_is_ours_and_repeats_nothing(settings: Settings) -> None:
    class Broken(WordEngine):
        def reward(self, tokens: Any, prompt: str) -> Reward:
            raise RuntimeError(f"{MARKER} {tokens.shape} {prompt}")

    app = app_of(redeployed(settings, queue=1), Broken())
    for _ in range(3):  # the place in the queue and the model are given back each time
        check_problem(through_asgi(app, score_call(PICTURE, prompt="a"))[0], 500, "internal_error")


@pytest.mark.parametrize("reward", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_score(settings: Settings, reward: float) -> None:
    class Overflowing(WordEngine):
        def reward(self, tokens: Any, prompt: str) -> Reward:  # noqa: ARG002
            return Reward(reward, prompt_truncated=False)

    (answer,) = through_asgi(app_of(settings, Overflowing()), score_call(PICTURE, prompt="a"))
    check_problem(answer, 500, "internal_error")


def test_many_at_once_get_the_answers_they_would_get_alone(settings: Settings) -> None:
    app = app_of(redeployed(settings, queue=64))
    calls = [score_call(encoded(noise(40, 30, seed), "PNG"), prompts=PROMPTS) for seed in range(8)]
    alone = [result_of(through_asgi(app, call)[0]) for call in calls]
    assert [result_of(answer) for answer in through_asgi(app, *calls, *calls)] == alone + alone


def test_json_is_read_strictly(send: Send) -> None:
    body = json.dumps({"image_base64": "AAAA", "prompt": 7}).encode()
    problem = check_problem(send(Call("/score", body)), 422, "invalid_request")
    assert (problem["pointer"], problem["detail"]) == (
        "/prompt",
        "prompt must be text of at most 8192 characters, not a number",
    )
