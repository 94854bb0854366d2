"""What the semantic contract promises beyond its shape."""

from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from tests.functions.goldens import read_contract

CONTRACT = read_contract("semantic")


def test_a_wrong_exchange_would_be_noticed() -> None:
    golden = CONTRACT.goldens["align"]
    schema = CONTRACT.operation(golden)["responses"]["200"]["content"]["application/json"]["schema"]
    mistakes: list[dict[str, Any]] = [{"alignment_score": 1.1}, {"is_aligned": None}, {"extra": 1}, {"scores": [{}]}]
    for wrong in mistakes:
        with pytest.raises(jsonschema.ValidationError):
            CONTRACT.validate(golden["response"] | wrong, schema)


def test_every_refusal_is_declared(app: FastAPI) -> None:
    for path, methods in CONTRACT.document["paths"].items():
        for method, described in methods.items():
            declared = set(described["responses"])
            assert declared >= {"200", "400", "500", "503"} | ({"413", "415", "422"} if method == "post" else set())
            assert ("501" in declared) == (path in {"/", "/classify"}), "what needs the text tower"
            for status, response in described["responses"].items():
                if status != "200":
                    reference = response["content"]["application/problem+json"]["schema"]
                    assert reference == {"$ref": "#/components/schemas/Problem"}
    assert app.openapi()["paths"].keys() == CONTRACT.document["paths"].keys()
