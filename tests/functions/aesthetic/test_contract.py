"""What the aesthetic contract promises beyond its shape."""

import json

import jsonschema
import pytest

from tests.functions.aesthetic.fakes import CONTRACT, batch_call, score_call
from tests.functions.calls import Call

SCHEMAS = CONTRACT["components"]["schemas"]


def test_every_refusal_is_declared() -> None:
    assert set(CONTRACT["paths"]) == {"/score", "/score-batch", "/info", "/health"}
    for path, methods in CONTRACT["paths"].items():
        for method, described in methods.items():
            wanted = {"200", "400", "500", "503"} | ({"403", "413", "415"} if method == "post" else set())
            wanted |= set() if path == "/health" else {"422"}
            assert set(described["responses"]) == wanted
            for status, response in described["responses"].items():
                if status != "200":
                    reference = response["content"]["application/problem+json"]["schema"]
                    assert reference == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize(
    ("call", "schema"),
    [
        (score_call(b"x", prompt="a"), "ScoreRequest"),
        (score_call(b"x", prompts=["a", ""]), "ScoreRequest"),
        (batch_call("", [{"id": "one", "image_url": "https://example.com/a.png"}, b"x"]), "ScoreBatchRequest"),
    ],
)
def test_requests_are_as_the_contract_says(call: Call, schema: str) -> None:
    validator = jsonschema.Draft202012Validator({**SCHEMAS[schema], "components": CONTRACT["components"]})
    document = json.loads(call.body)
    validator.validate(document)
    mistakes: list[dict[str, object]] = [
        {"extra": 1},
        {"image_url": "https://a.example"},
        {"prompt": 7},
        {"prompts": []},
    ]
    for wrong in mistakes:
        assert not validator.is_valid(document | wrong)


@pytest.mark.parametrize("fields", [{}, {"prompt": "a", "prompts": ["a"]}, {"prompts": ["a"] * 17}])
def test_the_prompt_is_as_the_contract_says(fields: dict[str, object]) -> None:
    validator = jsonschema.Draft202012Validator({**SCHEMAS["ScoreRequest"], "components": CONTRACT["components"]})
    assert not validator.is_valid({"image_base64": "AAAA", **fields})
