"""The service on the demo model: what a fake engine cannot say of ONNX Runtime, quantised graphs and token tables."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI

from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.common.deployment import demo_artifact
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from functions.common.token_files import open_token_table
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel, open_model
from functions.semantic.settings import Settings
from functions.semantic.text_encoder import TABLE_NAME
from taxonomy import Taxonomy
from tests.functions.calls import Answer, Call, Transport, as_base64, through_asgi, warm_handler, with_picture
from tests.functions.pictures import encoded, noise, plain

EXAMPLES = [(REPOSITORY_ROOT / f"models/demo/examples/{number}.jpg").read_bytes() for number in (1, 2, 3)]
# Activations of other sizes than the examples', which a scale for all of a batch would let them feel.
PICTURES = [*EXAMPLES, encoded(plain((255, 255, 255)), "PNG"), encoded(noise(300, 200), "PNG")]
LABELS = ["a beach", "A city at night!", "armor", "someone in a kimono, " * 9]


@pytest.fixture(scope="module")
def model(words: Taxonomy) -> SemanticModel:
    return open_model(demo_artifact("semantic"), words, threads=1)


@pytest.fixture(scope="module")
def app(model: SemanticModel, words: Taxonomy, settings: Settings) -> FastAPI:
    return create_app(Loading(lambda: model).start(), words, settings)


@pytest.fixture(scope="module")
def handler(app: FastAPI, settings: Settings, loop: asyncio.AbstractEventLoop) -> LambdaHandler:
    return warm_handler(app, settings, loop)


def test_an_item_of_a_batch_equals_the_same_picture_alone(transport: Transport) -> None:
    """Bit for bit, whatever stands beside it: one that cannot be read, the same once more, and in any order."""
    options: dict[str, Any] = {"min_confidence": 0, "style": "anime"}
    wanted = {"requested_filters": ["purple_hair", "armor", "city_night"]}
    alone = {}
    for picture in PICTURES:
        detected = transport(with_picture(picture, **options)).json
        aligned = transport(with_picture(picture, "/align", style="anime", **wanted)).json
        alone[picture] = (detected, aligned)
    assert len({json.dumps(detected["attributes"]) for detected, _ in alone.values()}) == len(PICTURES)
    for order in ([*PICTURES, b"<html>", *PICTURES], PICTURES[::-1]):
        images = [{"image_base64": as_base64(picture)} for picture in order]
        answer = transport(Call("/batch", json.dumps({"images": images, **options, **wanted}).encode())).json
        for picture, item in zip(order, answer["results"], strict=True):
            if picture not in alone:
                assert item["status"] == "error"
                continue
            detected, aligned = alone[picture]
            assert item["detection"] == {key: detected[key] for key in item["detection"]}
            assert item["alignment"] == {key: aligned[key] for key in item["alignment"]}


def logits(answer: Answer) -> dict[str, float]:
    assert answer.status == 200, answer.json
    return {one["label"]: one["logit"] for one in answer.json["results"]}


def test_a_label_scores_the_same_in_any_company(words: Taxonomy, settings: Settings) -> None:
    """Bit for bit, and where nothing of it is kept from before: each time by a model that was just opened."""

    def asked(*labels: str) -> dict[str, float]:
        fresh = Loading(lambda: open_model(demo_artifact("semantic"), words, threads=1)).start()
        app = create_app(fresh, words, settings)
        return logits(through_asgi(app, with_picture(EXAMPLES[0], "/classify", labels=list(labels)))[0])

    together = asked(*LABELS)
    assert len(set(together.values())) == len(LABELS)
    assert together == asked(*LABELS[::-1])
    assert together == {label: logit for one in LABELS for label, logit in asked(one).items()}


def test_the_token_table_is_mapped_and_never_read_as_a_whole(model: SemanticModel) -> None:
    text = model.artifact.manifest.text
    assert text is not None
    table = open_token_table(model.artifact, TABLE_NAME, (text.vocab_size, text.width), np.float16)
    assert isinstance(table, np.memmap)
    assert table.mode == "r"
