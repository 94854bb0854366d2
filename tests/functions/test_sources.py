"""Pictures by URL and from S3 through the app and both gateways' events, and what an operator has to say first."""

import gzip
import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI

import taxonomy
from functions.common.addresses import Address
from functions.common.connections import Network
from functions.common.downloads import Downloader
from functions.common.fetching import FetchLimits
from functions.common.loading import Loading
from functions.common.objects import Grant, ObjectStore, parse_grants
from functions.common.settings import SettingsError
from functions.common.sources import Sources, SourceSettings, open_sources
from functions.common.urls import AllowedHosts, parse_allowed
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel
from functions.semantic.settings import Settings, read_settings
from tests.functions.calls import Call, Transport, between_good_requests, check_problem, through_asgi, with_picture
from tests.functions.cases import S3, URL, document
from tests.functions.common.certificates import client_context, server_context
from tests.functions.common.picture_host import (
    PUBLIC,
    Answer,
    FakeInternet,
    PictureHost,
    http,
    image,
    redirect,
    serving,
)
from tests.functions.common.test_objects import client_of, refused
from tests.functions.common.url_cases import LISTED, NAMES, URL_CASES
from tests.functions.pictures import MARKER, blocks, encoded

LIMITS = FetchLimits(timeout_seconds=30, max_bytes=100_000)
HASTY = FetchLimits(timeout_seconds=0.5, max_bytes=100_000)
"""For what ends in no other way than by the limit: a busy machine may take as long for anything else."""
GRANTS = parse_grants(["pictures"])
HOLE = "151.101.1.70"
"""A public address that swallows packets."""
GOOD = "https://pictures.example/good.png"
PICTURE = encoded(blocks(), "PNG")


def silence(host: PictureHost) -> Iterable[bytes]:
    host.pause(30)
    return ()


def drip(host: PictureHost) -> Iterable[bytes]:
    return host.drip(image(PICTURE))


def endless(_: PictureHost) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PICTURE
    yield from itertools.repeat(bytes(65_536), 1000)


def endless_chunks(_: PictureHost) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from itertools.repeat(b"ffff\r\n" + bytes(65_535) + b"\r\n", 1000)


REMOTE: dict[str, Answer] = {
    "/good.png": image(PICTURE),
    "/moved": redirect("/good.png"),
    "/private": redirect("https://10.0.0.1/"),
    "/internal": redirect("https://private.example/"),
    "/loopback": redirect("https://localhost/"),
    "/metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "/downgraded": redirect("http://plain.example:8080/good.png"),
    "/plain": redirect("http://pictures.example/good.png"),
    "/other_port": redirect("https://pictures.example:8444/good.png"),
    "/user": redirect("https://user@pictures.example/good.png"),
    "/file": redirect("file:///etc/passwd"),
    "/nowhere": http(b"", "302 Found"),
    "/two_ways": http(b"", "302 Found", "Location: /good.png", "Location: /moved"),
    "/loop": redirect("/loop"),
    **{f"/hop{hop}": redirect(f"/hop{hop + 1}") for hop in range(4)},
    "/hop4": image(PICTURE),
    "/gzip": http(gzip.compress(PICTURE), "200 OK", "Content-Type: image/png", "Content-Encoding: gzip"),
    "/brotli": http(PICTURE, "200 OK", "Content-Encoding: br"),
    "/endless": endless,
    "/endless_chunks": endless_chunks,
    "/huge": http(b"", length=10**15),
    "/more": http(PICTURE + b"\0" * 500, length=len(PICTURE)),
    "/less": http(PICTURE, length=len(PICTURE) + 1),
    "/no_length": http(PICTURE, "200 OK", "Content-Length: nan"),
    "/drip": drip,
    "/no_http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/nothing": b"",
    "/500": http(MARKER.encode(), f"500 {MARKER}"),
    "/204": http(b"", "204 No Content"),
    "/401": http(b"", "401 Unauthorized", f"WWW-Authenticate: {MARKER}"),
    "/404": http(MARKER.encode(), f"404 {MARKER}"),
    "/html": http(f"<html>{MARKER}".encode(), "200 OK", "Content-Type: text/html"),
    "/html.png": http(f"<html>{MARKER}".encode(), "200 OK", "Content-Type: image/png"),
    "/gif": http(encoded(blocks(), "GIF"), "200 OK", "Content-Type: image/gif"),
    "/cut.png": image(PICTURE[:-20]),
    "/large.png": image(PICTURE.ljust(200_000)),
    "/silent": silence,
    "/pictures/good.png": image(PICTURE),
    "/pictures/denied.png": refused("403 Forbidden", "AccessDenied"),
    "/pictures/no.png": refused("404 Not Found", "NoSuchKey"),
    "/pictures/silent.png": silence,
    "/pictures/text": http(f"<html>{MARKER}".encode()),
    "/pictures/large.png": http(PICTURE.ljust(200_000)),
}


@pytest.fixture(scope="module")
def sources() -> Iterator[Callable[[FetchLimits], Sources]]:
    """pictures.example over TLS, and S3, both on loopback, within limits."""
    with serving(REMOTE, server_context()) as web, serving(REMOTE) as s3:
        names: dict[str, Sequence[str] | Iterator[Sequence[str]]] = {
            **NAMES,
            "hole.example": [HOLE],
            "rebound.example": itertools.cycle([[PUBLIC], ["127.0.0.1"]]),
        }
        internet = FakeInternet(names, {PUBLIC: web.port})

        def connect(address: Address, port: int, timeout_seconds: float) -> socket.socket:
            if str(address) == HOLE:
                raise TimeoutError
            return internet.connect(address, port, timeout_seconds)

        network = Network(resolve=internet.resolve, connect=connect, tls=client_context())
        yield lambda limits: Sources(
            Downloader(parse_allowed(LISTED.split(",")), limits, network),
            ObjectStore(GRANTS, limits, client_of(s3, limits)),
        )


@pytest.fixture(scope="module")
def app_within(
    words: taxonomy.Taxonomy,
    model: SemanticModel,
    settings: Settings,
    sources: Callable[[FetchLimits], Sources],
) -> Callable[[FetchLimits], FastAPI]:
    """The service that fetches within limits."""
    return cache(lambda limits: create_app(Loading(lambda: model).start(), words, settings, sources(limits)))


@pytest.fixture(scope="module")
def remote_app(app_within: Callable[[FetchLimits], FastAPI]) -> FastAPI:
    return app_within(LIMITS)


@pytest.fixture
def remote(remote_app: FastAPI, way_into: Callable[[FastAPI], Transport]) -> Transport:
    """Every way in."""
    return way_into(remote_app)


def by_url(url: str, **fields: Any) -> Call:
    return document(image_url=url, **fields)()


def by_s3(key: str, bucket: str = "pictures", **fields: Any) -> Call:
    return document(s3={"bucket": bucket, "key": key}, **fields)()


@pytest.mark.parametrize(
    "call",
    [
        by_url(GOOD, min_confidence=0),
        by_url("https://pictures.example/moved", min_confidence=0),
        by_url("https://pictures.example/hop1", min_confidence=0),  # the third redirect is the last
        by_s3("good.png", min_confidence=0),
    ],
)
def test_the_same_scores_as_inline(remote: Transport, call: Call, good_call: Call) -> None:
    answer = remote(call)
    assert answer.status == 200
    assert answer.scores == remote(good_call).scores != []
    assert {"fetch", "decode", "inference"} <= answer.json["timing_ms"].keys()


def test_align(remote: Transport) -> None:
    asked = {"requested_filters": ["blue_hair", "red_hair"]}
    inline = remote(with_picture(PICTURE, "/align", **asked))
    call = Call("/align", json.dumps({"image_url": GOOD, **asked}).encode())
    assert remote(call).scores == inline.scores != []


CASES = [
    *((by_url(case.url), *case.expected, "/image_url") for case in URL_CASES if len(case.url) <= 4096),
    *((by_url(f"https://pictures.example{path}"), status, code, "/image_url") for path, status, code in (
        *((path, 403, "url_blocked") for path in (
            "/private", "/internal", "/loopback", "/metadata", "/downgraded", "/plain", "/other_port", "/user", "/file",
            "/loop", "/hop0",
        )),
        *((path, 422, "fetch_failed") for path in (
            "/404", "/500", "/204", "/401", "/nowhere", "/two_ways", "/gzip", "/brotli", "/less", "/no_length",
            "/no_http", "/nothing",
        )),
        *((path, 413, "download_too_large") for path in ("/endless", "/endless_chunks", "/huge", "/more")),
        ("/drip", 422, "fetch_timeout"),
        ("/html", 422, "fetch_failed"),
        ("/html.png", 422, "fetch_failed"),
        ("/gif", 415, "unsupported_image"),
        ("/cut.png", 422, "image_truncated"),
        ("/large.png", 413, "download_too_large"),
        ("/silent", 422, "fetch_timeout"),
    )),
    (by_url("https://hole.example/a.png"), 422, "fetch_timeout", "/image_url"),
    (by_url("https://evil-pictures.example/a.png"), 422, "fetch_failed", "/image_url"),  # nobody listens
    (by_url("https://both.example/good.png"), 422, "fetch_failed", "/image_url"),  # another host's certificate
    *((by_s3(key, bucket), status, code, "/s3") for key, bucket, status, code in (
        ("good.png", "others", 403, "s3_blocked"),
        ("../good.png", "pictures", 403, "s3_blocked"),
        ("no.png", "pictures", 422, "object_unreadable"),
        ("denied.png", "pictures", 422, "object_unreadable"),
        ("silent.png", "pictures", 422, "fetch_timeout"),
        ("./good.png", "pictures", 403, "s3_blocked"),
        ("text", "pictures", 415, "unsupported_image"),
        ("large.png", "pictures", 413, "download_too_large"),
    )),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}-{case[0].body.decode()[:80]}")
def test_a_problem_and_no_trace(
    app_within: Callable[[FetchLimits], FastAPI],
    way_into: Callable[[FastAPI], Transport],
    good_call: Call,
    case: tuple[Call, int, str, str],
) -> None:
    call, status, code, pointer = case
    remote = way_into(app_within(HASTY if code == "fetch_timeout" else LIMITS))
    answer = between_good_requests(remote, good_call, lambda: remote(call))
    assert check_problem(answer, status, code)["pointer"] == pointer


def test_a_name_that_moves_between_check_and_connection(remote: Transport, good_call: Call) -> None:
    """DNS rebinding: every other lookup leads to this machine. What was looked up is dialled, so none does."""
    codes = set()
    for _ in range(4):
        answer = between_good_requests(remote, good_call, lambda: remote(by_url("https://rebound.example/good.png")))
        codes.add(answer.json["code"])
    # The public address is dialled, and answers with the certificate of another host.
    assert codes == {"fetch_failed", "url_blocked"}


def test_what_is_blocked_tells_nothing(remote: Transport) -> None:
    """Private, missing, off the list, open or closed: one answer, word for word."""
    hosts = ("private.example", "loopback.example", "no-such-name.example", "metadata.example", "mixed.example",
             "127.0.0.1", "127.0.0.1:1", "127.0.0.1:22", "10.0.0.1", "[::1]", "pictures.example:8444")  # fmt: skip
    problems = [check_problem(remote(by_url(f"https://{host}/")), *URL) for host in hosts]
    assert len({(found["title"], found["detail"], found["pointer"]) for found in problems}) == 1
    assert not any("actual" in found or "upstream_status" in found for found in problems)


def test_what_upstream_answered_is_told(remote: Transport) -> None:
    assert remote(by_url("https://pictures.example/404")).json["upstream_status"] == 404
    assert remote(by_url("https://pictures.example/html")).json["upstream_status"] == 200


def test_a_filter_is_checked_before_anything_is_fetched(remote_app: FastAPI) -> None:
    (answer,) = through_asgi(remote_app, by_url("https://pictures.example/silent", include=["no_such_filter"]))
    check_problem(answer, 422, "unknown_filter")


def test_a_slow_host_holds_up_nobody_else(app_within: Callable[[FetchLimits], FastAPI], good_call: Call) -> None:
    slow = by_url("https://pictures.example/silent")
    within = FetchLimits(timeout_seconds=2, max_bytes=100_000)
    answers = through_asgi(app_within(within), slow, slow, slow, good_call, by_url(GOOD))
    assert [answer.status for answer in answers] == [422, 422, 422, 200, 200]


def test_urls_and_keys_are_not_logged(remote: Transport, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="functions")
    for call in (
        by_url(f"{GOOD}?{MARKER}"),
        by_url(f"https://{MARKER}.example/"),
        by_s3(MARKER),
        by_s3("a", MARKER[:20]),
    ):
        remote(call)
    assert caplog.records
    assert MARKER[:20] not in caplog.text


# What an operator says


def settings_of(environment: dict[str, str]) -> Settings:
    return read_settings({"SEMANTIC_ARTIFACTS": os.curdir} | environment)


def test_off_until_allowed(transport: Transport) -> None:
    for call in (by_url(GOOD), by_url("http://127.0.0.1/"), by_url(""), by_url("ftp://\r\n")):
        problem = check_problem(transport(call), *URL)
        assert problem["detail"].startswith("URL input is off")
    assert check_problem(transport(by_s3("a.png")), *S3)["detail"].startswith("S3 input is off")


def test_settings() -> None:
    assert settings_of({}).deployment.sources == SourceSettings(
        AllowedHosts(False, frozenset(), frozenset()), (), FetchLimits(5.0, 20_000_000), "us-east-1"
    )
    environment = {
        "ALLOWED_URL_HOSTS": " cdn.example, http://minio:9000 ,,",
        "ALLOWED_S3": "pictures,archive/2026",
        "FETCH_TIMEOUT_SECONDS": "2.5",
        "MAX_DOWNLOAD_BYTES": "1000000",
        "AWS_REGION": "eu-west-1",
    }
    assert settings_of(environment).deployment.sources == SourceSettings(
        AllowedHosts(False, frozenset({("cdn.example", 443)}), frozenset({("http", "minio", 9000)})),
        (Grant("pictures", ""), Grant("archive", "2026/")),
        FetchLimits(2.5, 1_000_000),
        "eu-west-1",
    )


def test_problems_of_settings_are_reported_together() -> None:
    environment = {
        "ALLOWED_URL_HOSTS": "cdn.example,ftp://a",
        "ALLOWED_S3": "pictures,s3://b",
        "FETCH_TIMEOUT_SECONDS": "0",
        "MAX_DOWNLOAD_BYTES": "20 MB",
        "QUEUE_LIMIT": "none",
    }
    with pytest.raises(SettingsError) as caught:
        settings_of(environment)
    assert {line.partition(":")[0] for line in str(caught.value).splitlines()} == environment.keys()
    assert "'ftp://a'" in str(caught.value)


def test_what_is_allowed_is_what_is_opened() -> None:
    assert open_sources(settings_of({}).deployment.sources) == Sources()
    web = open_sources(settings_of({"ALLOWED_URL_HOSTS": "*"}).deployment.sources)
    assert web.downloads is not None
    assert web.objects is None
    s3 = open_sources(settings_of({"ALLOWED_S3": "pictures", "AWS_REGION": "eu-west-1"}).deployment.sources)
    assert s3.downloads is None
    assert s3.objects is not None
    assert s3.objects.client.meta.region_name == "eu-west-1"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("allowed", "imported"), [("", False), ("pictures", True)])
def test_boto3_is_imported_where_s3_input_is_on(allowed: str, imported: bool) -> None:
    program = f"""
import sys
import functions.semantic.api
from functions.common.sources import open_sources
from functions.semantic.settings import read_settings
environment = {{"SEMANTIC_ARTIFACTS": ".", "ALLOWED_S3": {allowed!r}, "ALLOWED_URL_HOSTS": "*"}}
open_sources(read_settings(environment).deployment.sources)
print("boto3" in sys.modules, "botocore" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"{imported} {imported}\n"
