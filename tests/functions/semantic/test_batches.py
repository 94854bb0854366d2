"""Item by item, in order, each as if it were alone, and never past the deadline."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from functions.common.deployment import BatchLimits
from functions.common.downloads import Downloader
from functions.common.fetching import FetchLimits
from functions.common.loading import Loading
from functions.common.sources import Sources
from functions.common.urls import parse_allowed
from functions.semantic.api import create_app
from functions.semantic.settings import Settings
from taxonomy import Taxonomy
from tests.functions.calls import Answer, Call, Transport, as_base64, check_contract, through_asgi, with_picture
from tests.functions.common.certificates import client_context, server_context
from tests.functions.common.picture_host import PUBLIC, FakeInternet, PictureHost, serving
from tests.functions.deployments import redeployed
from tests.functions.fakes import COLORS, ColorEncoder, fake_model
from tests.functions.pictures import animated, blocks, encoded, noise, plain

PICTURES = [encoded(blocks(), "PNG"), encoded(noise(40, 30), "PNG"), encoded(plain(COLORS["blue_hair"]), "PNG")]

Send = Callable[[Call], Answer]


class SlowEncoder(ColorEncoder):
    """Takes its time over each picture."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        time.sleep(self._seconds)
        return super().encode_core(pixels)


def batch(*images: dict[str, Any] | bytes, **fields: Any) -> Call:
    listed = [image if isinstance(image, dict) else {"image_base64": as_base64(image)} for image in images]
    return Call("/batch", json.dumps({"images": listed, **fields}).encode())


def app_of(words: Taxonomy, settings: Settings, encoder: ColorEncoder | None = None) -> FastAPI:
    made = fake_model(words, encoder=encoder)
    return create_app(Loading(lambda: made).start(), words, settings)


def test_an_item_equals_the_same_picture_alone(transport: Transport) -> None:
    options: dict[str, Any] = {"min_confidence": 0.1, "style": "anime", "exclude": ["outfits"]}
    wanted: dict[str, Any] = {"requested_filters": ["blue_hair", "leather"], "threshold": 0.4}
    answer = transport(batch(*PICTURES, **options, **wanted))
    assert answer.status == 200, answer.json
    check_contract("BatchResponse", answer.json)
    assert [item["index"] for item in answer.json["results"]] == [0, 1, 2]
    assert answer.json["continuation"] is None
    for item, picture in zip(answer.json["results"], PICTURES, strict=True):
        assert (item["status"], item["error"], item["warnings"]) == ("ok", None, [])
        alone = transport(with_picture(picture, **options)).json
        assert item["detection"] == {key: alone[key] for key in ("attributes", "minor", "profile")}
        aligned = transport(with_picture(picture, "/align", **wanted, style="anime")).json
        assert item["alignment"] == {key: aligned[key] for key in item["alignment"]}


def test_order_and_neighbours_do_not_matter(send: Send) -> None:
    forth = send(batch(*PICTURES)).json["results"]
    back = send(batch(*reversed(PICTURES))).json["results"]
    assert [item["detection"] for item in forth] == [item["detection"] for item in reversed(back)]


def test_without_requested_filters_nothing_is_aligned(send: Send) -> None:
    assert send(batch(PICTURES[0])).json["results"][0]["alignment"] is None


def test_what_is_rejected_is_so_in_a_batch_as_alone(send: Send, words: Taxonomy, settings: Settings) -> None:
    wanted: dict[str, Any] = {"requested_filters": ["beach"], "threshold": 0, "reject": ["explicit", "violence"]}
    alone = send(with_picture(PICTURES[0], "/align", **wanted)).json
    assert [one["name"] for one in alone["moderation"]] == wanted["reject"]
    item = send(batch(PICTURES[0], **wanted)).json["results"][0]
    assert item["alignment"] == {key: alone[key] for key in item["alignment"]}
    uncovered = create_app(Loading(lambda: fake_model(words, covers=["beach"])).start(), words, settings)
    for call in (batch(PICTURES[0], **wanted), with_picture(PICTURES[0], "/align", **wanted)):
        answer = through_asgi(uncovered, call)[0].json
        assert [(notice["code"], notice["detail"].rpartition(": ")[2]) for notice in answer["warnings"]] == [
            ("class_not_covered", "explicit, violence")
        ]
    assert answer["reasons"] == ["rejection_not_covered"]


def test_a_bad_picture_is_its_own_problem(send: Send) -> None:
    answer = send(
        batch(
            {"id": "a", "image_base64": as_base64(PICTURES[0])},
            {"id": "b", "image_base64": "%%%"},
            {"image_base64": as_base64(b"<html>")},
            {"id": "d", "image_url": "https://example.com/a.png"},
            {"id": "e", "image_base64": as_base64(PICTURES[1])},
        )
    )
    assert answer.status == 200
    results = answer.json["results"]
    assert [(item["id"], item["status"]) for item in results] == [
        ("a", "ok"),
        ("b", "error"),
        (None, "error"),
        ("d", "error"),
        ("e", "ok"),
    ]
    problems = [item["error"] for item in results[1:4]]
    alone = send(Call("/detect", json.dumps({"image_base64": "%%%"}).encode())).json
    assert problems[0].keys() == alone.keys(), "an item's problem has the fields of the picture's alone"
    assert [(problem["code"], problem["status"], problem["pointer"]) for problem in problems] == [
        ("invalid_base64", 422, "/images/1/image_base64"),
        ("unsupported_image", 415, "/images/2/image_base64"),
        ("url_blocked", 403, "/images/3/image_url"),
    ]
    assert {problem["request_id"] for problem in problems} == {answer.json["request_id"]}
    assert results[0]["detection"] == send(batch(PICTURES[0])).json["results"][0]["detection"]


def test_a_remark_stands_on_the_item_it_is_about(send: Send) -> None:
    answer = send(batch(PICTURES[0], animated("WEBP")))
    first, second = answer.json["results"]
    assert first["warnings"] == []
    assert [notice["code"] for notice in second["warnings"]] == ["animated_first_frame"]
    assert answer.json["warnings"] == []


def test_what_time_does_not_reach_is_left_for_the_next_call(words: Taxonomy, settings: Settings) -> None:
    hurried = redeployed(settings, batch=BatchLimits(seconds=1.0, max_pixels=settings.deployment.batch.max_pixels))
    app = app_of(words, hurried, SlowEncoder(0.3))
    images = [{"id": f"n{index}", "image_base64": as_base64(PICTURES[0])} for index in range(6)]
    answer = through_asgi(app, batch(*images))[0]
    statuses = [item["status"] for item in answer.json["results"]]
    done = statuses.count("ok")
    assert 1 <= done <= 3
    assert statuses == ["ok"] * done + ["not_processed"] * (6 - done)
    assert answer.json["continuation"] == {"next_index": done, "remaining": 6 - done}
    assert [item["id"] for item in answer.json["results"]] == [f"n{index}" for index in range(6)]
    check_contract("BatchResponse", answer.json)


def test_the_first_is_always_tried(words: Taxonomy, settings: Settings) -> None:
    late = redeployed(settings, batch=BatchLimits(seconds=0.0, max_pixels=settings.deployment.batch.max_pixels))
    answer = through_asgi(app_of(words, late), batch(*PICTURES))[0]
    assert [item["status"] for item in answer.json["results"]] == ["ok", "not_processed", "not_processed"]


def test_a_fetch_that_the_calls_end_cuts_short_is_for_the_next_call(words: Taxonomy, settings: Settings) -> None:
    """Where it is the first, it has had all the time there is."""

    def silence(host: PictureHost) -> Iterable[bytes]:
        host.pause(5)
        return ()

    hurried = redeployed(settings, batch=BatchLimits(seconds=0.5, max_pixels=settings.deployment.batch.max_pixels))
    slow = {"id": "slow", "image_url": "https://pictures.example/slow"}
    with serving({"/slow": silence}, server_context()) as host:
        network = FakeInternet({"pictures.example": [PUBLIC]}, {PUBLIC: host.port}).network(client_context())
        sources = Sources(Downloader(parse_allowed(["*"]), FetchLimits(5.0, 100_000), network))
        app = create_app(Loading(lambda: fake_model(words)).start(), words, hurried, sources)
        answer = through_asgi(app, batch(PICTURES[0], slow, PICTURES[1]))[0].json
        again = through_asgi(app, batch(slow, PICTURES[1]))[0].json
    assert [item["status"] for item in answer["results"]] == ["ok", "not_processed", "not_processed"]
    assert answer["results"][1]["error"] is None
    assert answer["continuation"] == {"next_index": 1, "remaining": 2}
    assert [item["status"] for item in again["results"]] == ["error", "not_processed"]
    assert again["results"][0]["error"]["code"] == "fetch_timeout"


def test_all_pictures_together_have_a_limit(words: Taxonomy, settings: Settings) -> None:
    one = blocks().width * blocks().height
    limited = redeployed(settings, batch=BatchLimits(seconds=25, max_pixels=2 * one + 1))
    picture = PICTURES[0]
    answer = through_asgi(
        app_of(words, limited), batch(picture, picture, picture, encoded(plain((0, 0, 0), (1, 1)), "PNG"))
    )[0]
    statuses = [item["status"] for item in answer.json["results"]]
    assert statuses == ["ok", "ok", "error", "ok"]
    problem = answer.json["results"][2]["error"]
    assert (problem["code"], problem["limit"], problem["actual"]) == ("image_too_many_pixels", 2 * one + 1, 3 * one)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"requested_filters": ["no_such_filter"]}, "/requested_filters/0"),
        ({"requested_filters": ["latex", "latex"]}, "/requested_filters/1"),
        ({"include": ["nothing_like_it"]}, "/include/0"),
        ({"profile": "fitted"}, "/profile"),
    ],
)
def test_wrong_options_fail_the_call_not_the_items(send: Send, fields: dict[str, Any], pointer: str) -> None:
    answer = send(batch(*PICTURES, **fields))
    assert (answer.status, answer.json["pointer"]) == (422, pointer)
