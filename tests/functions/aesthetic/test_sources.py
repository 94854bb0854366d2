"""Pictures by URL: candidates and pictures from allowed hosts, and what is refused of them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from functions.aesthetic.api import create_app
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import Settings
from functions.common.connections import Network
from functions.common.downloads import Downloader
from functions.common.fetching import FetchLimits
from functions.common.loading import Loading
from functions.common.sources import Sources
from functions.common.urls import parse_allowed
from tests.functions.aesthetic.fakes import batch_call, result_of, score_call
from tests.functions.calls import Call, check_problem, through_asgi
from tests.functions.common.certificates import client_context, server_context
from tests.functions.common.picture_host import PUBLIC, Answer, FakeInternet, PictureHost, http, image, serving
from tests.functions.common.url_cases import LISTED, NAMES, URL_CASES, UrlCase
from tests.functions.pictures import MARKER, blocks, encoded

PICTURE = encoded(blocks(), "PNG")
HOST = "https://pictures.example"


def silence(host: PictureHost) -> Iterable[bytes]:
    host.pause(30)
    return ()


REMOTE: dict[str, Answer] = {
    "/good.png": image(PICTURE),
    "/404": http(MARKER.encode(), "404 Not Found"),
    "/silent": silence,
}


@pytest.fixture(scope="module")
def remote(model: AestheticModel, settings: Settings) -> Iterator[FastAPI]:
    """The service with URL input on; pictures.example is on loopback, over TLS."""
    with serving(REMOTE, server_context()) as web:
        internet = FakeInternet(NAMES, {PUBLIC: web.port})
        network = Network(resolve=internet.resolve, connect=internet.connect, tls=client_context())
        limits = FetchLimits(timeout_seconds=2, max_bytes=100_000)
        allowed = parse_allowed(LISTED.split(","))
        sources = Sources(Downloader(allowed, limits, network))
        yield create_app(Loading(lambda: model).start(), settings, sources)


def by_url(url: str) -> Call:
    return Call("/score", json.dumps({"image_url": url, "prompt": "a red kite"}).encode())


def test_the_same_score_as_inline(remote: FastAPI) -> None:
    fetched, inline = through_asgi(remote, by_url(f"{HOST}/good.png"), score_call(PICTURE, prompt="a red kite"))
    assert result_of(fetched) == result_of(inline)
    assert "fetch" in fetched.json["timing_ms"]


@pytest.mark.parametrize("case", [case for case in URL_CASES if len(case.url) <= 4096], ids=lambda case: case.url[:60])
def test_what_may_not_be_fetched(remote: FastAPI, case: UrlCase) -> None:
    assert check_problem(through_asgi(remote, by_url(case.url))[0], *case.expected)["pointer"] == "/image_url"


def test_candidates_from_everywhere(remote: FastAPI) -> None:
    urls = ("/silent", "/good.png", "/404")
    candidates: list[bytes | dict[str, Any]] = [
        *({"image_url": f"{HOST}{path}"} for path in urls),
        {"image_url": "https://10.0.0.1/"},
        PICTURE,
    ]
    answer = through_asgi(remote, batch_call("a red kite", candidates))[0]
    first, second, *refused = answer.json["results"]
    assert (first["index"], second["index"], answer.json["tied"]) == (1, 4, [[1, 4]])
    assert first["raw_score"] == second["raw_score"]
    assert [(item["index"], item["error"]["code"], item["error"]["pointer"]) for item in refused] == [
        (0, "fetch_timeout", "/candidates/0/image_url"),
        (2, "fetch_failed", "/candidates/2/image_url"),
        (3, "url_blocked", "/candidates/3/image_url"),
    ]
    assert refused[1]["error"]["upstream_status"] == 404
    assert MARKER.encode() not in answer.body


def test_info_says_what_is_on(remote: FastAPI) -> None:
    (answer,) = through_asgi(remote, Call("/info", method="GET", content_type=None))
    assert answer.json["sources"] == {"image_url": True, "s3": False}
    assert b"pictures.example" not in answer.body
