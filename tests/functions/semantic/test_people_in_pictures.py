"""The rules about people: sensitive filters only when named, `minor` always beside them, nothing of callers in logs."""

import asyncio
import json
import logging
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import taxonomy
from functions.common.deployment import demo_artifact
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.settings import Settings
from tests.functions.calls import Answer, Call, as_base64, through_asgi, through_lambda, with_picture
from tests.functions.fakes import ColorEncoder, fake_model
from tests.functions.pictures import MARKER, blocks, encoded

ROOT = Path(__file__).resolve().parents[3]
PICTURE = encoded(blocks(), "PNG")  # MARKER is in its comment
WORDS = taxonomy.load()
ORDINARY = [entry.name for entry in WORDS.filters if not entry.sensitive]
SENSITIVE = [entry.name for entry in WORDS.filters if entry.sensitive]
NAMES = ORDINARY + SENSITIVE
ABOUT_PEOPLE = {category.name for category in WORDS.categories if category.about_people}

Send = Callable[[Call], Answer]


def texts_in(value: Any) -> Iterator[str]:
    """Every text of a document, keys included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def sensitive_words() -> dict[str, set[str]]:
    """What would tell of a sensitive filter: its name and those of its prompts that are no one else's words."""
    return {entry.name: {entry.name, *entry.prompts} for entry in WORDS.filters if entry.sensitive}


def check_only_named(document: Any, named: set[str]) -> None:
    texts = set(texts_in(document)) | {
        word for text in texts_in(document) for word in re.findall(r"\w+", text) if "_" in word
    }
    for name, telling in sensitive_words().items():
        assert name in named or not telling & texts, name


def app_of(settings: Settings, **model: Any) -> FastAPI:
    made = fake_model(WORDS, **model)
    return create_app(Loading(lambda: made).start(), WORDS, settings)


APPS: dict[str, FastAPI] = {}


@pytest.fixture(scope="module", autouse=True)
def apps(settings: Settings) -> None:
    """A model that covers everything and has a few fits; one that covers little but sensitive filters."""
    fits = dict.fromkeys([*SENSITIVE[::2], *ORDINARY[::3]], (0.3, 2.0))
    APPS["whole"] = app_of(settings, fitted=fits)
    APPS["part"] = app_of(settings, covers=[*SENSITIVE, "forest"])


@given(
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True),
    options=st.fixed_dictionaries(
        {"profile": st.sampled_from(["raw", "contrast", "fitted"]), "style": st.sampled_from([None, "anime"])}
    ),
    threshold=st.sampled_from([0, 0.5, 1]),
    path=st.sampled_from(["/align", "/detect", "/batch"]),
    which=st.sampled_from(["whole", "part"]),
)
def test_no_answer_tells_of_a_sensitive_filter_that_was_not_named(
    names: list[str], options: dict[str, Any], threshold: float, path: str, which: str
) -> None:
    if which == "part" and options["profile"] == "fitted":
        which = "whole"
    if path == "/align":
        call = with_picture(PICTURE, path, requested_filters=names, threshold=threshold, **options)
    elif path == "/detect":
        call = with_picture(PICTURE, path, include=names, min_confidence=0, **options)
    else:
        images = [{"image_base64": as_base64(PICTURE)}]
        body = {"images": images, "requested_filters": names, "threshold": threshold, "min_confidence": 0, **options}
        call = Call(path, json.dumps(body).encode())
    (answer,) = through_asgi(APPS[which], call)
    assert answer.status == 200
    check_only_named(answer.json, set(names))


def test_the_check_itself() -> None:
    for document in ({"a": ["woman"]}, {"woman": 1}, {"a": "not covered: latex, dark_skin"}, {"a": ["a trans woman"]}):
        with pytest.raises(AssertionError):
            check_only_named(document, {"man"})
    check_only_named({"a": ["woman", "a lady"]}, {"woman"})


def test_no_list_a_caller_did_not_choose_holds_a_sensitive_filter(send: Send) -> None:
    for call in (
        with_picture(PICTURE, min_confidence=0),
        with_picture(PICTURE, min_confidence=0, exclude=["outfits"]),
        with_picture(PICTURE, "/moderate"),
        with_picture(PICTURE, "/classify", labels=["a lake"]),
        Call("/batch", json.dumps({"images": [{"image_base64": as_base64(PICTURE)}], "min_confidence": 0}).encode()),
        with_picture(PICTURE, "/align", requested_filters=["womam"]),
        with_picture(PICTURE, include=["ethnicit"]),
    ):
        check_only_named(send(call).json, set())


def test_a_category_names_its_filters_and_no_others(send: Send) -> None:
    answer = send(with_picture(PICTURE, min_confidence=0, include=["ethnicity"]))
    members = {entry.name for entry in WORDS.in_category("ethnicity")}
    assert {score["filter"] for score in answer.json["attributes"]} == members
    check_only_named(answer.json, members)


@pytest.mark.parametrize("entry", WORDS.filters, ids=lambda entry: entry.name)
def test_every_request_about_people_scores_minor(entry: taxonomy.Filter) -> None:
    """On every route that takes filters; and no option turns it off."""
    app = APPS["whole"]
    options = {"threshold": 0, "profile": "raw", "style": "anime"}
    aligned, detected, batch = through_asgi(
        app,
        with_picture(PICTURE, "/align", requested_filters=[entry.name], **options),
        with_picture(PICTURE, include=[entry.name], min_confidence=1, max_results=1),
        Call(
            "/batch",
            json.dumps(
                {
                    "images": [{"image_base64": as_base64(PICTURE)}],
                    "requested_filters": [entry.name],
                    "include": [entry.name],
                    **options,
                }
            ).encode(),
        ),
    )
    (item,) = batch.json["results"]
    for found in (aligned.json, detected.json, item["alignment"], item["detection"]):
        assert (found["minor"] is not None) is (entry.category in ABOUT_PEOPLE)


def test_a_request_about_places_learns_nothing_of_people(settings: Settings) -> None:
    people = [name for name in ORDINARY if WORDS.filter(name).category in ABOUT_PEOPLE]
    app = app_of(settings, covers=["beach", "sunset", *people])
    place, person = through_asgi(
        app,
        with_picture(PICTURE, "/align", requested_filters=["beach"]),
        with_picture(PICTURE, "/align", requested_filters=["beach", "latex"]),
    )
    assert (place.json["nearest"]["filter"], place.json["minor"]) == ("sunset", None)
    assert (person.json["nearest"]["category"] in ABOUT_PEOPLE, person.json["minor"] is None) == (True, False)


def test_a_flagged_picture_passes_no_request_about_people(settings: Settings) -> None:
    app = app_of(replace(settings, minor_threshold=0.0))
    for name in ("latex", "woman", "massage", "muscular", "red_hair"):
        answer = through_asgi(app, with_picture(PICTURE, "/align", requested_filters=[name], threshold=0))[0]
        assert answer.json["minor"]["flagged"] is True
        assert answer.json["is_aligned"] is False
        assert "minor" in answer.json["reasons"]
    for field in ("minor", "minor_threshold", "check_minor"):
        refused = through_asgi(app, with_picture(PICTURE, "/align", requested_filters=["latex"], **{field: None}))[0]
        assert refused.status == 422


class BrokenEncoder(ColorEncoder):
    """An engine whose fault quotes what it was given."""

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        raise RuntimeError(f"{MARKER} {pixels.shape}")


def every_route() -> list[Call]:
    """Requests with MARKER wherever a caller's words may stand, good and bad ones, and sensitive filters by name."""
    query, told = f"{MARKER}={MARKER}", {"user-agent": MARKER, "referer": f"https://{MARKER}.example/"}
    image = {"image_base64": as_base64(PICTURE)}
    people = ["woman", "dark_skin", "massage", "latex"]
    url, stored = f"https://{MARKER}.example/{MARKER}.png?{MARKER}", {"bucket": MARKER, "key": MARKER}

    def post(path: str, **fields: Any) -> Call:
        return Call(path, json.dumps(fields).encode(), headers=told)

    return [
        replace(post("/detect", **image), query=query),
        replace(post("/batch", images=[image]), query=query),
        post("/detect", **image, include=people, min_confidence=0),
        post("/align", **image, requested_filters=people),
        post("/align", **image, requested_filters=[MARKER]),
        post("/batch", images=[{"id": MARKER, **image}, {"id": MARKER, "image_base64": MARKER}, {"image_url": url}]),
        post("/classify", **image, labels=[MARKER, f"a woman {MARKER}"], template=f"{MARKER} {{label}}"),
        post("/classify", **image, labels=[MARKER, MARKER]),
        post("/", image_data=as_base64(PICTURE), labels=[MARKER, "massage"]),
        post("/moderate", **image),
        *(post(path, image_url=url) for path in ("/detect", "/moderate")),
        *(post(path, s3=stored) for path in ("/detect", "/moderate")),
        *(post(path, **{MARKER: MARKER}) for path in ("/detect", "/align", "/batch", "/classify", "/moderate", "/")),
        *(
            Call(path, f'{{"{MARKER}'.encode())
            for path in ("/detect", "/align", "/batch", "/classify", "/moderate", "/")
        ),
        Call("/detect", PICTURE, content_type="image/png", query=f"include=woman&style={MARKER}"),
        Call("/classify", PICTURE, content_type="image/png", query=f"labels={MARKER}"),
        Call("/detect", MARKER.encode(), content_type=f"image/{MARKER}"),
        Call("/detect", MARKER.encode(), content_type=MARKER),
        Call(f"/{MARKER}", MARKER.encode(), query=query),
        *(
            Call(path, method="GET", content_type=None, query=query, headers=told)
            for path in ("/filters", "/info", "/health")
        ),
        *(
            Call(path, method="DELETE", content_type=None, query=query, headers=told)
            for path in ("/detect", "/filters")
        ),
    ]


def check_log(log: str) -> None:
    assert MARKER not in log
    assert MARKER.upper() not in log
    for name in SENSITIVE:
        assert not re.search(rf"\b{name}\b", log), name


@contextmanager
def handler_of(app: FastAPI) -> Iterator[LambdaHandler]:
    """The Lambda entry point around `app`. Each makes itself an event loop, so that of others is put back."""
    loop = asyncio.get_event_loop()
    try:
        yield LambdaHandler(app, base_path="/semantic", provisioned=True)
        asyncio.get_event_loop().close()
    finally:
        asyncio.set_event_loop(loop)


@pytest.mark.usefixtures("handler")  # so that this thread has a loop
@pytest.mark.parametrize("way", ["asgi", "lambda"])
@pytest.mark.parametrize("encoder", [ColorEncoder(), BrokenEncoder()], ids=["sound", "broken"])
def test_nothing_of_the_caller_is_logged(
    way: str,
    encoder: ColorEncoder,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """At the most talkative level, of every logger but the client's own."""
    app = app_of(settings, encoder=encoder)
    caplog.set_level(logging.DEBUG)
    before = len(caplog.records)
    calls = every_route()
    if way == "asgi":
        answers = [through_asgi(app, call)[0] for call in calls]
    else:
        with handler_of(app) as handler:
            answers = [through_lambda(handler, call) for call in calls]
    assert {answer.status for answer in answers} >= ({200, 404, 405, 422} if type(encoder) is ColorEncoder else {500})
    records = [record for record in caplog.records[before:] if not record.name.startswith(("httpx", "httpcore"))]
    log = "\n".join(logging.Formatter().format(record) for record in records)
    assert log.count('"route"') == len(calls)
    check_log(log)
    check_log("".join(capfd.readouterr()))


def test_nothing_of_the_caller_is_printed_by_the_server(tmp_path: Path) -> None:
    """`python -m functions.semantic` as it is started by hand, uvicorn's own logging included, on the demo model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": "/usr/bin:/bin",
        "PORT": str(port),
        "SEMANTIC_ARTIFACTS": str(demo_artifact("semantic")),
        "INFERENCE_THREADS": "1",
    }
    written = tmp_path / "log"
    with written.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "functions.semantic"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            answered = [
                _asked(port, call) for call in [Call("/health", method="GET", content_type=None), *every_route()]
            ]
        finally:
            server.terminate()
            server.wait(30)
    text = written.read_text()
    assert answered[0] == 200
    assert {200, 404, 405, 415, 422} <= set(answered)
    assert text.count('"route"') >= len(answered)
    check_log(text)


def _asked(port: int, call: Call) -> int:
    """The status; a server that is still starting is asked again."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{call.path}" + (f"?{call.query}" if call.query else ""),
        data=call.body if call.method == "POST" else None,
        headers=call.sent_headers,
        method=call.method,
    )
    for _ in range(600):
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own
                status: int = response.status
                return status
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return error.code
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server does not answer")
