"""The service on the demo model: what a fake engine cannot say of ONNX Runtime, tokenizer and trained weights."""

import asyncio
import math
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.aesthetic.api import create_app
from functions.aesthetic.model import AestheticModel, open_model
from functions.aesthetic.reward_model import OnnxRewardModel
from functions.aesthetic.scale import normalized, percentile, win_probability
from functions.aesthetic.settings import Settings
from functions.aesthetic.tie_margin import tie_margin
from functions.common.deployment import BatchLimits, demo_artifact
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from tests.functions.aesthetic.fakes import batch_call, check_contract, result_of, score_call
from tests.functions.calls import Call, Transport, as_base64, through_asgi, warm_handler
from tests.functions.deployments import redeployed
from tests.functions.pictures import encoded, plain

EXAMPLES = [(REPOSITORY_ROOT / f"models/demo/examples/{number}.jpg").read_bytes() for number in (1, 2, 3)]
PROMPTS = [
    "a person with purple hair in a hoodie, city at night",
    "a couple having dinner",
    "a person in armor on a beach",
]


class CountingRewards(OnnxRewardModel):
    """The engine, counting how often a picture goes through the larger half of the model."""

    def __init__(self, engine: OnnxRewardModel) -> None:
        vars(self).update(vars(engine))
        self.pictures = 0

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        self.pictures += 1
        return super().image_tokens(pixels)


@pytest.fixture(scope="module")
def model() -> AestheticModel:
    opened = open_model(demo_artifact("aesthetic"), threads=1)
    assert isinstance(opened.engine, OnnxRewardModel)
    return replace(opened, engine=CountingRewards(opened.engine))


@pytest.fixture(scope="module")
def engine(model: AestheticModel) -> CountingRewards:
    assert isinstance(model.engine, CountingRewards)
    return model.engine


@pytest.fixture(scope="module")
def app(model: AestheticModel, settings: Settings) -> FastAPI:
    return create_app(Loading(lambda: model).start(), settings)


@pytest.fixture(scope="module")
def handler(app: FastAPI, settings: Settings, loop: asyncio.AbstractEventLoop) -> LambdaHandler:
    return warm_handler(app, settings, loop)


def reward(app: FastAPI, picture: bytes, prompt: str) -> float:
    (answer,) = through_asgi(app, score_call(picture, prompt=prompt))
    return float(result_of(answer)["raw_score"])


def damaged(picture: bytes, blur: float) -> bytes:
    image = Image.open(BytesIO(picture)).filter(ImageFilter.GaussianBlur(blur))
    return encoded(image, "PNG")


def test_several_prompts_look_at_the_picture_once(transport: Transport, engine: CountingRewards) -> None:
    seen = engine.pictures
    several = transport(score_call(EXAMPLES[0], prompts=PROMPTS))
    assert engine.pictures == seen + 1
    check_contract("ScoresResponse", several.json)
    singles = [transport(score_call(EXAMPLES[0], prompt=prompt)) for prompt in PROMPTS]
    assert engine.pictures == seen + 1 + len(PROMPTS)
    assert several.json["scores"] == [result_of(answer) for answer in singles]
    assert len({answer.json["raw_score"] for answer in singles}) == len(PROMPTS)


def test_each_picture_is_best_for_its_own_prompt(transport: Transport, model: AestheticModel) -> None:
    for number, prompt in enumerate(PROMPTS):
        answer = transport(batch_call(prompt, EXAMPLES))
        check_contract("ScoreBatchResponse", answer.json)
        assert answer.json["best_candidate"] == number
        results = answer.json["results"]
        alone = [result_of(transport(score_call(picture, prompt=prompt))) for picture in EXAMPLES]
        assert [item["raw_score"] for item in results] == sorted((one["raw_score"] for one in alone), reverse=True)
        for item in results:
            same = {key: item[key] for key in ("raw_score", "normalized_score", "percentile")}
            assert same == {key: alone[item["index"]][key] for key in same}
            assert item["normalized_score"] == normalized(item["raw_score"])
        for better, worse in pairwise(results):
            expected = win_probability(better["raw_score"], worse["raw_score"], model.artifact.manifest.scale.std)
            assert better["win_probability"] == expected >= 0.5
        assert results[-1]["win_probability"] is None


def test_a_blurred_copy_is_liked_less(app: FastAPI) -> None:
    for picture, prompt in zip(EXAMPLES, PROMPTS, strict=True):
        assert reward(app, picture, prompt) > reward(app, damaged(picture, 8), prompt)


def test_what_arithmetic_cannot_tell_apart_is_tied(transport: Transport, model: AestheticModel) -> None:
    margin = tie_margin(model.artifact.manifest)
    assert 0 < margin <= 0.1
    same = encoded(Image.open(BytesIO(EXAMPLES[0])), "PNG")
    answer = transport(batch_call(PROMPTS[0], [EXAMPLES[2], EXAMPLES[0], same]))
    assert answer.json["tie_margin"] == margin
    assert answer.json["tied"] == [[1, 2]]
    first, second, third = answer.json["results"]
    assert first["raw_score"] == second["raw_score"] > third["raw_score"] + margin
    assert first["win_probability"] == 0.5


def test_a_bad_candidate_leaves_the_others_as_they_are(transport: Transport) -> None:
    good = transport(batch_call(PROMPTS[0], EXAMPLES[:2])).json["results"]
    candidates: list[Any] = [{"id": "bad", "image_base64": as_base64(EXAMPLES[2][:9000])}, *EXAMPLES[:2]]
    mixed = transport(batch_call(PROMPTS[0], candidates)).json
    *ranked, bad = mixed["results"]
    assert [(item["rank"], item["raw_score"]) for item in ranked] == [(one["rank"], one["raw_score"]) for one in good]
    assert (bad["status"], bad["id"], bad["error"]["code"]) == ("error", "bad", "image_truncated")
    assert mixed["best_candidate"] == 1


def test_what_time_did_not_reach_is_ranked_by_the_next_call(model: AestheticModel, settings: Settings) -> None:
    late = redeployed(settings, batch=BatchLimits(seconds=0.0, max_pixels=settings.deployment.batch.max_pixels))
    hurried = create_app(Loading(lambda: model).start(), late)
    whole, first = (
        result_of(through_asgi(served, batch_call(PROMPTS[0], EXAMPLES))[0])
        for served in (create_app(Loading(lambda: model).start(), settings), hurried)
    )
    assert [item["status"] for item in first["results"]] == ["ok", "not_processed", "not_processed"]
    begin = first["continuation"]["next_index"]
    assert (begin, first["continuation"]["remaining"]) == (1, 2)
    rewards = [first["results"][0]["raw_score"]]
    for picture in EXAMPLES[begin:]:
        (answer,) = through_asgi(hurried, batch_call(PROMPTS[0], [picture]))
        rewards.append(answer.json["results"][0]["raw_score"])
    assert sorted(rewards, reverse=True) == [item["raw_score"] for item in whole["results"]]


def test_what_the_model_does_not_read_changes_nothing(transport: Transport, model: AestheticModel) -> None:
    room = model.artifact.manifest.prompt.length - 2
    fits, longer = ", ".join(["hoodie"] * 100), ", ".join(["hoodie"] * 150)
    first, second, short = (
        transport(score_call(EXAMPLES[0], prompt=prompt)).json for prompt in (fits, longer, "hoodie " * 5)
    )
    assert room < 100
    assert first["raw_score"] == second["raw_score"]
    assert (first["prompt_truncated"], short["prompt_truncated"]) == (True, False)
    assert [notice["code"] for notice in first["warnings"]] == ["prompt_truncated", "demo_model"]
    assert [notice["code"] for notice in short["warnings"]] == ["demo_model"]
    long_last = f"{'hoodie, ' * 100} on a beach"
    assert transport(score_call(EXAMPLES[0], prompt=long_last)).json["raw_score"] == first["raw_score"]


def test_case_and_spaces_are_no_part_of_a_prompt(app: FastAPI) -> None:
    expected = reward(app, EXAMPLES[0], PROMPTS[0])
    assert reward(app, EXAMPLES[0], f"  {PROMPTS[0].upper()}\n") == expected
    assert math.isfinite(reward(app, EXAMPLES[0], ""))
    assert math.isfinite(reward(app, EXAMPLES[0], "紫の髪の人 \N{KITE}"))


def test_percentiles_are_among_the_named_pictures(transport: Transport, model: AestheticModel) -> None:
    distribution = model.artifact.manifest.distribution
    assert distribution is not None
    info = transport(Call("/info", method="GET", content_type=None)).json
    assert info["reference_distribution"] == distribution.name
    answer = transport(score_call(EXAMPLES[0], prompt=PROMPTS[0])).json
    assert answer["percentile"] == percentile(answer["raw_score"], distribution.quantiles) > 50


def test_the_demo_says_that_it_is_one(transport: Transport) -> None:
    for call in (
        score_call(EXAMPLES[0], prompt="a"),
        batch_call("a", EXAMPLES[:1]),
        *(Call(path, method="GET", content_type=None) for path in ("/info", "/health")),
    ):
        named = transport(call).json["model"]
        assert (named["id"], named["demo"]) == ("imajin-demo-aesthetic", True)


def test_odd_pictures_have_rewards(app: FastAPI) -> None:
    for size in ((1, 1), (50, 1), (7, 350), (1300, 1200)):
        assert math.isfinite(reward(app, encoded(plain((200, 30, 90), size), "PNG"), PROMPTS[0]))
