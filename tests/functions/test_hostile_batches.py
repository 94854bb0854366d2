"""Batches of bad pictures, of slow ones and of too many, through the app and both gateways' events."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from functions.common.connections import Network
from functions.common.downloads import Downloader
from functions.common.fetching import FetchLimits
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from functions.common.sources import Sources
from functions.common.urls import parse_allowed
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel
from functions.semantic.settings import Settings
from taxonomy import Taxonomy
from tests.functions.calls import (
    GATEWAYS,
    Answer,
    Call,
    LambdaContext,
    Transport,
    as_base64,
    between_good_requests,
    check_contract,
    through_lambda,
)
from tests.functions.cases import PIXELS, document
from tests.functions.common.certificates import client_context, server_context
from tests.functions.common.picture_host import PUBLIC, FakeInternet, PictureHost, serving
from tests.functions.common.url_cases import LISTED, NAMES, URL_CASES
from tests.functions.decoder_shapes.every_shape import REFUSED, UNSEEN
from tests.functions.deployments import redeployed
from tests.functions.hostile_pictures import DAMAGED, FORMATS, SIZES, TRUNCATED
from tests.functions.hostile_requests import BASE64
from tests.functions.pictures import MARKER, blocks, encoded, noise, plain

Enter = Callable[[FastAPI], Transport]
MakeApp = Callable[..., FastAPI]

GOOD = {"image_base64": as_base64(encoded(blocks(), "PNG"))}
PIXELS_OF_GOOD = 32 * 48
MOST_ITEMS, MOST_BYTES = 24, 5_000_000


@pytest.fixture
def make_app(words: Taxonomy, model: SemanticModel, settings: Settings) -> MakeApp:
    def make(sources: Sources | None = None, **limits: Any) -> FastAPI:
        limited = redeployed(settings, batch=replace(settings.deployment.batch, **limits))
        return create_app(Loading(lambda: model).start(), words, limited, sources)

    return make


def batch(images: Sequence[dict[str, Any]], **fields: Any) -> Call:
    return document("/batch", images=[*images], min_confidence=0, **fields)()


def check_batch(answer: Answer) -> list[dict[str, Any]]:
    """The items of an answer that keeps to the contract and repeats nothing."""
    assert answer.status == 200, answer.json
    assert MARKER.encode() not in answer.body
    check_contract("BatchResponse", answer.json)
    results: list[dict[str, Any]] = answer.json["results"]
    assert [item["index"] for item in results] == [*range(len(results))]
    return results


def between_good_items(bad: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for source in bad for item in (GOOD, source)] + [GOOD]


# Each bad picture is one of many


def _items() -> Iterator[tuple[str, dict[str, Any], tuple[int, str]]]:
    for case in [*BASE64, *FORMATS, *SIZES, *TRUNCATED, *DAMAGED, *UNSEEN, *REFUSED]:
        call = case.call()
        if call.content_type == "application/json":
            text = json.loads(call.body).get("image_base64")
            if text is not None:
                yield case.name, {"image_base64": text}, case.expected
    for url_case in URL_CASES:
        if len(url_case.url) <= 4096:
            yield url_case.url, {"image_url": url_case.url}, url_case.expected


def _groups() -> list[list[tuple[str, dict[str, Any], tuple[int, str]]]]:
    groups: list[list[tuple[str, dict[str, Any], tuple[int, str]]]] = [[]]
    size = 0
    for item in _items():
        length = len(json.dumps(item[1]))
        if len(groups[-1]) == MOST_ITEMS or size + length > MOST_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(item)
        size += length
    return groups


GROUPS = _groups()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0][0][:40]!a} to {group[-1][0][:40]!a}")
def test_a_bad_item_is_its_own_problem_and_leaves_the_others_as_they_are(
    group: list[tuple[str, dict[str, Any], tuple[int, str]]], make_app: MakeApp, way_into: Enter, good_call: Call
) -> None:
    network = FakeInternet(NAMES).network(client_context())
    downloads = Downloader(parse_allowed(LISTED.split(",")), FetchLimits(30, 100_000), network)
    send = way_into(make_app(Sources(downloads)))
    images = between_good_items(source for _, source, _ in group)
    results = check_batch(between_good_requests(send, good_call, lambda: send(batch(images))))
    alone = send(good_call).json["attributes"]
    assert [item["detection"]["attributes"] for item in results[::2]] == [alone] * (len(group) + 1)
    for (name, source, expected), item in zip(group, results[1::2], strict=True):
        problem = item["error"]
        assert (item["status"], problem["status"], problem["code"]) == ("error", *expected), name
        assert problem["pointer"] == f"/images/{item['index']}/{next(iter(source))}"
        assert item["detection"] is None


# Too many pixels


def test_the_cap_on_all_pixels_is_for_the_items_beyond_it(make_app: MakeApp, way_into: Enter, good_call: Call) -> None:
    send = way_into(make_app(max_pixels=3 * PIXELS_OF_GOOD + 1))
    last = {"image_base64": as_base64(encoded(plain((0, 0, 0), (1, 1)), "PNG"))}
    answer = between_good_requests(send, good_call, lambda: send(batch([GOOD, GOOD, GOOD, GOOD, GOOD, last])))
    results = check_batch(answer)
    assert [item["status"] for item in results] == ["ok", "ok", "ok", "error", "error", "ok"]
    for item in results[3:5]:
        problem = item["error"]
        assert (problem["status"], problem["code"]) == PIXELS
        assert (problem["limit"], problem["actual"]) == (3 * PIXELS_OF_GOOD + 1, 4 * PIXELS_OF_GOOD)


# Too little time


def test_what_is_not_reached_is_told_and_can_be_sent_again(make_app: MakeApp, way_into: Enter, good_call: Call) -> None:
    send = way_into(make_app(seconds=0.0))
    pictures = [GOOD, {"image_base64": "%"}, {"image_base64": as_base64(encoded(noise(9, 9), "PNG"))}]
    images = [{"id": f"n{number}", **picture} for number, picture in enumerate(pictures)]
    patient = check_batch(way_into(make_app())(batch(images)))
    found: list[dict[str, Any]] = []
    while images:
        call = batch(images)
        answer = between_good_requests(send, good_call, lambda call=call: send(call))  # type: ignore[misc]
        results = check_batch(answer)
        left = answer.json["continuation"]
        done = len(images) if left is None else left["next_index"]
        assert left is None or left == {"next_index": done, "remaining": len(images) - done}
        assert {item["status"] for item in results[done:]} <= {"not_processed"}
        found += results[:done]
        images = images[done:]
    for item, expected in zip(found, patient, strict=True):
        assert (item["id"], item["status"], item["detection"]) == (
            expected["id"],
            expected["status"],
            expected["detection"],
        )


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_the_time_the_platform_leaves_is_the_time_there_is(
    gateway: str, handler: LambdaHandler, good_call: Call
) -> None:
    """A second is kept for the answer itself, and then there is no time but for the first."""
    hurried = LambdaContext(remaining_ms=1000)
    answer = between_good_requests(
        lambda call: through_lambda(handler, call, gateway),
        good_call,
        lambda: through_lambda(handler, batch([GOOD] * 5), gateway, hurried),
    )
    assert [item["status"] for item in check_batch(answer)] == ["ok"] + ["not_processed"] * 4
    assert answer.json["continuation"] == {"next_index": 1, "remaining": 4}


def silence(host: PictureHost) -> Iterable[bytes]:
    host.pause(30)
    return ()


def test_50_slow_urls(make_app: MakeApp, way_into: Enter, good_call: Call) -> None:
    """Each may take half a second, all of them one: what there was time for is a timeout, the rest is for later."""
    with serving({"/slow": silence}, server_context()) as host:
        network: Network = FakeInternet({"pictures.example": [PUBLIC]}, {PUBLIC: host.port}).network(client_context())
        downloads = Downloader(parse_allowed(["*"]), FetchLimits(0.5, 100_000), network)
        send = way_into(make_app(Sources(downloads), seconds=1.0))
        slow = {"image_url": "https://pictures.example/slow"}
        answer = between_good_requests(send, good_call, lambda: send(batch([slow] * 50)))
        host.closing.set()
    results = check_batch(answer)
    done = answer.json["continuation"]["next_index"]
    assert 1 <= done < 50
    assert [item["status"] for item in results] == ["error"] * done + ["not_processed"] * (50 - done)
    assert {(item["error"]["status"], item["error"]["code"]) for item in results[:done]} == {(422, "fetch_timeout")}
