"""What the metrics and receipts of this service say of its pictures."""

import json
from dataclasses import replace

import pytest
from fastapi import FastAPI

from functions.aesthetic.api import create_app
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import Settings
from functions.common.loading import Loading
from tests.functions.aesthetic.fakes import batch_call, score_call
from tests.functions.calls import Call, through_asgi
from tests.functions.deployments import redeployed
from tests.functions.pictures import MARKER, blocks, encoded

PICTURE = encoded(blocks(), "PNG")


@pytest.fixture
def metered(model: AestheticModel, settings: Settings) -> FastAPI:
    platform = replace(settings.deployment.platform, metrics=True)
    return create_app(Loading(lambda: model).start(), redeployed(settings, platform=platform))


@pytest.mark.parametrize(
    ("call", "images", "items"),
    [
        (score_call(PICTURE, prompt=MARKER), 1, None),
        (score_call(PICTURE, prompts=[MARKER, "another"]), 1, None),
        (batch_call(MARKER, [PICTURE, b"no picture", PICTURE]), 2, ["ok", "error", "ok"]),
    ],
)
def test_pictures_are_counted_and_the_prompt_is_not_told(
    call: Call,
    images: int,
    items: list[str] | None,
    metered: FastAPI,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cost = through_asgi(metered, call)[0].json["cost"]
    assert cost["compared_with"] is None, "Rekognition has nothing alike"
    assert (None if cost["items"] is None else [item["status"] for item in cost["items"]]) == items
    printed = capsys.readouterr().out
    line = json.loads(printed)
    assert (line["Function"], line["Route"], line["Images"]) == ("aesthetic", call.path, [images])
    assert MARKER not in printed
