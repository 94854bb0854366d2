"""The committed contracts: what is served, what the golden exchanges show, and what the demo models answer to them."""

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from ops.contract import FUNCTIONS, demo_app, documents, settled
from tests.functions.calls import Call, through_asgi
from tests.functions.goldens import compare, read_contract, request

CONTRACTS = {function: read_contract(function) for function in FUNCTIONS}
GOLDENS = [(function, name) for function in FUNCTIONS for name in sorted(CONTRACTS[function].goldens)]
SERVED = [(function, name) for function, name in GOLDENS if CONTRACTS[function].goldens[name]["status"] == "served"]


@cache
def demo(function: str) -> FastAPI:
    """The service on the demo model, as it is served by default."""
    return demo_app(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_served_is_what_is_committed(function: str) -> None:
    contract = CONTRACTS[function]
    assert documents()[function] == contract.document
    (answer,) = through_asgi(demo(function), Call("/openapi.json", method="GET", content_type=None))
    assert answer.json == contract.document


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_document_is_written_as_the_program_writes_it(function: str) -> None:
    contract = CONTRACTS[function]
    assert contract.path.read_text() == json.dumps(contract.document, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_schema_is_one(function: str) -> None:
    for schema in CONTRACTS[function].document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


EXAMPLES = [
    (function, path, operation["requestBody"]["content"]["application/json"]["example"])
    for function in FUNCTIONS
    for path, methods in CONTRACTS[function].document["paths"].items()
    if (operation := methods.get("post"))
]


@pytest.mark.parametrize(("function", "path", "example"), EXAMPLES, ids=[path for _, path, _ in EXAMPLES])
def test_every_example_is_answered_as_it_stands(function: str, path: str, example: dict[str, Any]) -> None:
    """It is what the page at /docs offers to send."""
    (answer,) = through_asgi(demo(function), Call(path, json.dumps(example).encode()))
    assert answer.status == 200, answer.body
    assert all(one["status"] == "ok" for one in answer.json.get("results", []) if "status" in one)


@pytest.mark.parametrize("function", documents())
def test_every_field_is_described(function: str) -> None:
    document = documents()[function]
    fields = {
        f"{name}.{field}": described
        for name, schema in document["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
    }
    parameters = {
        f"{method} {path} {parameter['name']}": parameter
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for parameter in operation.get("parameters", [])
    }
    assert len(fields) > 50
    assert [place for place, one in (fields | parameters).items() if not one.get("description")] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_endpoint_has_a_golden_exchange(function: str) -> None:
    contract = CONTRACTS[function]
    paths = contract.document["paths"]
    contracted = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    assert {(golden["path"], golden["method"]) for golden in contract.goldens.values()} == contracted
    for golden in contract.goldens.values():
        assert contract.operation(golden).get("x-status", "served") == golden["status"]


@pytest.mark.parametrize(("function", "name"), GOLDENS)
def test_a_golden_exchange_is_what_the_contract_says(function: str, name: str) -> None:
    contract = CONTRACTS[function]
    golden = contract.goldens[name]
    assert set(golden) == {"method", "path", "status", "request", "response"}
    described = contract.operation(golden)
    contract.validate(golden["response"], described["responses"]["200"]["content"]["application/json"]["schema"])
    if golden["method"] == "GET":
        assert golden["request"] is None
        assert "requestBody" not in described
    else:
        # A text that stands for a file is as good as its base64 here: the schema asks for text.
        contract.validate(golden["request"], described["requestBody"]["content"]["application/json"]["schema"])


@pytest.mark.parametrize(("function", "name"), SERVED)
def test_the_demo_model_answers_as_the_golden_exchange_shows(function: str, name: str) -> None:
    golden = CONTRACTS[function].goldens[name]
    (answer,) = through_asgi(demo(function), request(golden))
    assert answer.status == 200
    compare(answer.json, golden["response"])


def test_what_is_written_anew_is_what_has_changed() -> None:
    committed = {"request_id": "1", "cost": {"usd": "1"}, "a": [1.0, "x", {"b": 2}], "timing_ms": {"total": 1.0}}
    answered = {"request_id": "2", "cost": {"usd": "2"}, "a": [1.0009, "x", {"b": 2}], "timing_ms": {"total": 2.0}}
    assert settled(answered, committed) == committed
    changed = answered | {"a": [1.1, "y", {"b": 2, "c": None}], "timing_ms": {"total": 2.0, "new": 3.0}, "cost": None}
    assert settled(changed, committed) == {
        "request_id": "1",
        "cost": None,
        "a": [1.1, "y", {"b": 2, "c": None}],
        "timing_ms": {"total": 1.0, "new": 3.0},
    }
    assert settled(answered | {"a": [2.0]}, committed)["a"] == [2.0]


@pytest.mark.parametrize(
    ("actual", "same"),
    [
        ({"a": [1.0, "x"], "request_id": "1"}, True),
        ({"a": [1.01, "x"], "request_id": "2"}, True),
        ({"a": [1.03, "x"], "request_id": "1"}, False),
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
