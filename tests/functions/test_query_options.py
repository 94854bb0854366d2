"""The options of a picture sent as bytes: those the contract documents are taken, and no other."""

import json
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI

from functions.common.wire import SOURCES
from ops.contract import FUNCTIONS, demo_app
from ops.files import ROOT
from tests.functions.calls import Answer, Call, as_base64, check_problem, through_asgi
from tests.functions.goldens import read_contract

PICTURE = (ROOT / "models" / "demo" / "examples" / "1.jpg").read_bytes()
DOCUMENTS: Final = {function: read_contract(function).document for function in FUNCTIONS}
POSTS: Final = [
    (function, path)
    for function in FUNCTIONS
    for path, methods in DOCUMENTS[function]["paths"].items()
    if "post" in methods
]
VALUES: Final[dict[str, list[Any]]] = {
    "exclude": [["outfits", "city_night"], ["beach"]],
    "include": [["hair_colors", "hoodie"]],
    "labels": [["a beach", "a city at night"]],
    "max_results": [1, 2],
    "min_confidence": [0, 0.9999],
    "mode": ["exclusive", "independent"],
    "profile": ["raw", "contrast"],
    "prompt": ["a person, with purple hair", ""],
    "prompts": [["a beach", "a city, at night"]],
    "reject": [["explicit", "violence"], ["minor"]],
    "requested_filters": [["purple_hair", "kimono"]],
    "style": ["anime", "photorealistic", "3d_render", "artistic"],
    "template": ["a drawing of {label}"],
    "threshold": [0.25, 1],
}
"""What to send for each documented option."""
NEEDED: Final[dict[str, dict[str, Any]]] = {
    "/align": {"requested_filters": ["purple_hair"]},
    "/classify": {"labels": ["a beach", "a city at night"]},
    "/score": {"prompt": "a beach"},
}
"""What a route answers nothing without."""


@cache
def demo(function: str) -> FastAPI:
    return demo_app(function)


def documented(function: str, path: str) -> dict[str, dict[str, Any]]:
    """The query parameters of a route, by name."""
    found = DOCUMENTS[function]["paths"][path]["post"].get("parameters", [])
    assert all(parameter["in"] == "query" for parameter in found)
    return {parameter["name"]: parameter for parameter in found}


WITH_BYTES: Final = [(function, path) for function, path in POSTS if documented(function, path)]
OPTIONS: Final = [(*route, name) for route in WITH_BYTES for name in documented(*route)]


def ask(function: str, path: str, options: dict[str, Any], *, as_bytes: bool) -> Answer:
    if as_bytes:
        call = Call(path, PICTURE, content_type="image/jpeg", query=urlencode(options, doseq=True))
    else:
        call = Call(path, json.dumps({"image_base64": as_base64(PICTURE), **options}).encode())
    return through_asgi(demo(function), call)[0]


def found(answer: Answer) -> dict[str, Any]:
    """The answer without what differs from call to call."""
    assert answer.status == 200, answer.body
    return {
        key: value
        for key, value in answer.json.items()
        if key not in {"request_id", "timing_ms", "cost", "processing_time_ms"}
    }


@pytest.mark.parametrize(("function", "path"), POSTS)
def test_the_query_has_the_options_that_json_has(function: str, path: str) -> None:
    content = DOCUMENTS[function]["paths"][path]["post"]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = set(DOCUMENTS[function]["components"]["schemas"][name]["properties"])
    takes_bytes = any(kind.startswith("image/") for kind in content)
    assert set(documented(function, path)) == (fields - set(SOURCES) if takes_bytes else set())


@pytest.mark.parametrize(("function", "path", "name"), OPTIONS)
def test_every_documented_option_is_taken_as_json_has_it(function: str, path: str, name: str) -> None:
    schema = documented(function, path)[name]["schema"]
    for value in VALUES[name]:
        if "enum" in schema and value not in schema["enum"]:
            continue
        options = {**({} if name in {"prompt", "prompts"} else NEEDED.get(path, {})), name: value}
        if (path, name) == ("/classify", "profile"):
            options |= {"mode": "independent"}
        assert found(ask(function, path, options, as_bytes=True)) == found(ask(function, path, options, as_bytes=False))


@pytest.mark.parametrize(("function", "path"), WITH_BYTES)
def test_no_other_is(function: str, path: str) -> None:
    for name in {*VALUES, *SOURCES, "id", "images", "candidates", "anything", ""} - set(documented(function, path)):
        options = {**NEEDED.get(path, {}), name: VALUES.get(name, ["1"])[0]}
        problem = check_problem(ask(function, path, options, as_bytes=True), 422, "invalid_request")
        assert problem["detail"].startswith("the query has an unknown parameter; "), name


@pytest.mark.parametrize(
    ("function", "path"), [(function, path) for function in FUNCTIONS for path in DOCUMENTS[function]["paths"]]
)
def test_a_get_takes_no_parameters(function: str, path: str) -> None:
    """But /health, to which whatever probes it may add some."""
    operation = DOCUMENTS[function]["paths"][path].get("get")
    if operation is None:
        return
    answer = through_asgi(demo(function), Call(path, method="GET", content_type=None, query="category=anime"))[0]
    assert ("422" in operation["responses"]) == (path != "/health")
    if path == "/health":
        assert answer.status == 200
    else:
        problem = check_problem(answer, 422, "invalid_request")
        assert (problem["pointer"], problem["detail"]) == (
            "",
            "the query must be empty: this route takes no parameters",
        )


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_pages_ignore_parameters(function: str, path: str) -> None:
    assert through_asgi(demo(function), Call(path, method="GET", content_type=None, query="a=b"))[0].status == 200


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_root_says_where_to_look(function: str) -> None:
    answer = through_asgi(demo(function), Call("/", method="GET", content_type=None))[0]
    code = {"semantic": (405, "method_not_allowed"), "aesthetic": (404, "not_found")}[function]
    assert "/docs" in check_problem(answer, *code)["detail"]


@pytest.mark.parametrize(("function", "path"), POSTS)
def test_no_option_beside_json_goes_unread(function: str, path: str) -> None:
    golden = next(one for one in read_contract(function).goldens.values() if one["path"] == path)
    body = json.dumps(golden["request"]).encode()
    for query in ("profile=raw", "anything="):
        # What is missing among the fields may be what stands in the query.
        for sent in (body, b"{}"):
            answer = through_asgi(demo(function), Call(path, sent, query=query))[0]
            problem = check_problem(answer, 422, "invalid_request")
            assert problem["detail"] == "the query must be empty: with a JSON body, options are fields of that body"
