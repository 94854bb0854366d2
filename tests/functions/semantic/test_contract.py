"""The committed contract: what is served, what the golden exchanges show, and what the demo model answers to them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from ops.contract import demo_app, files_read
from tests.functions.calls import CONTRACT, Call, through_asgi

ROOT = Path(__file__).resolve().parents[3]
GOLDENS = {
    path.stem: json.loads(path.read_text()) for path in (ROOT / "clients/openapi/golden/semantic").glob("*.json")
}
SERVED = sorted(name for name, golden in GOLDENS.items() if golden["status"] == "served")

# What another run of the same code with the same model may change; it is held to its type.
VOLATILE = {
    "/load_ms",
    "/engine/version",
    "/engine/threads",
    "/engine/processor",
    "/cost/billed_ms",
    "/cost/gb_seconds",
    "/cost/compute_usd",
    "/cost/usd",
    *(f"/cost/items/{index}/{figure}" for index in range(50) for figure in ("time_ms", "usd")),
}
ACROSS_MACHINES = 1e-3


def operation(golden: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = CONTRACT["paths"][golden["path"]][golden["method"].lower()]
    return found


def validate(document: object, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator({**schema, "components": CONTRACT["components"]}).validate(document)


def test_what_is_served_is_what_is_committed(app: FastAPI) -> None:
    assert app.openapi() == CONTRACT
    assert through_asgi(app, Call("/openapi.json", method="GET", content_type=None))[0].json == CONTRACT


def test_the_document_is_written_as_the_program_writes_it() -> None:
    text = (ROOT / "clients/openapi/semantic.json").read_text()
    assert text == json.dumps(CONTRACT, indent=2, ensure_ascii=False) + "\n"


def test_every_schema_is_one() -> None:
    for schema in CONTRACT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_endpoint_has_a_golden_exchange() -> None:
    contracted = {(path, method.upper()) for path, methods in CONTRACT["paths"].items() for method in methods}
    assert {(golden["path"], golden["method"]) for golden in GOLDENS.values()} == contracted
    for golden in GOLDENS.values():
        assert operation(golden).get("x-status", "served") == golden["status"]


@pytest.mark.parametrize("name", sorted(GOLDENS))
def test_a_golden_exchange_is_what_the_contract_says(name: str) -> None:
    golden = GOLDENS[name]
    assert set(golden) == {"method", "path", "status", "request", "response"}
    described = operation(golden)
    validate(golden["response"], described["responses"]["200"]["content"]["application/json"]["schema"])
    if golden["method"] == "GET":
        assert golden["request"] is None
        assert "requestBody" not in described
    else:
        # A text that stands for a file is as good as its base64 here: the schema asks for text.
        validate(golden["request"], described["requestBody"]["content"]["application/json"]["schema"])


def test_a_wrong_exchange_would_be_noticed() -> None:
    golden = GOLDENS["align"]
    schema = operation(golden)["responses"]["200"]["content"]["application/json"]["schema"]
    mistakes: list[dict[str, Any]] = [{"alignment_score": 1.1}, {"is_aligned": None}, {"extra": 1}, {"scores": [{}]}]
    for wrong in mistakes:
        with pytest.raises(jsonschema.ValidationError):
            validate(golden["response"] | wrong, schema)


def test_every_refusal_is_declared(app: FastAPI) -> None:
    for path, methods in CONTRACT["paths"].items():
        for method, described in methods.items():
            declared = set(described["responses"])
            assert declared >= {"200", "400", "500", "503"} | ({"413", "415", "422"} if method == "post" else set())
            assert ("501" in declared) == (path in {"/", "/classify"}), "what needs the text tower"
            for status, response in described["responses"].items():
                if status != "200":
                    reference = response["content"]["application/problem+json"]["schema"]
                    assert reference == {"$ref": "#/components/schemas/Problem"}
    assert app.openapi()["paths"].keys() == CONTRACT["paths"].keys()


def request(golden: dict[str, Any]) -> Call:
    if golden["request"] is None:
        return Call(golden["path"], method=golden["method"], content_type=None)
    return Call(golden["path"], json.dumps(files_read(golden["request"])).encode(), method=golden["method"])


def compare(actual: Any, expected: Any, at: str = "") -> None:
    """Exactly, but for volatile values and the last bits of floats."""
    if at in VOLATILE or at.endswith("/request_id") or at.startswith("/timing_ms/"):
        assert isinstance(actual, type(expected)), at
    elif isinstance(expected, dict):
        assert isinstance(actual, dict), at
        assert set(actual) == set(expected), at
        for key, value in expected.items():
            compare(actual[key], value, f"{at}/{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), at
        assert len(actual) == len(expected), at
        for index, value in enumerate(expected):
            compare(actual[index], value, f"{at}/{index}")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, abs=ACROSS_MACHINES), at
    else:
        assert actual == expected, at


@pytest.fixture(scope="module")
def demo() -> FastAPI:
    """The service on the demo model, as it is served by default."""
    return demo_app()


@pytest.mark.parametrize("name", SERVED)
def test_the_demo_model_answers_as_the_golden_exchange_shows(name: str, demo: FastAPI) -> None:
    golden = GOLDENS[name]
    (answer,) = through_asgi(demo, request(golden))
    assert answer.status == 200
    compare(answer.json, golden["response"])


@pytest.mark.parametrize(
    ("actual", "same"),
    [
        ({"a": [1.0, "x"], "request_id": "1"}, True),
        ({"a": [1.0009, "x"], "request_id": "2"}, True),
        ({"a": [1.002, "x"], "request_id": "1"}, False),
        ({"a": [1.0, "y"], "request_id": "1"}, False),
        ({"a": [1.0], "request_id": "1"}, False),
        ({"a": [1.0, "x"]}, False),
        ({"a": [1.0, "x"], "request_id": 1}, False),
        ({"a": [1.0, "x"], "request_id": "1", "b": None}, False),
    ],
)
def test_the_comparison_itself(actual: object, same: bool) -> None:
    expected = {"a": [1.0, "x"], "request_id": "1"}
    if same:
        compare(actual, expected)
    else:
        with pytest.raises(AssertionError):
            compare(actual, expected)
