"""A gateway response read back, held against the contract."""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema

from emulation.invocations import Invocation
from emulation.runtime_emulator import REPOSITORY_ROOT

CONTRACTS = {
    name: json.loads((REPOSITORY_ROOT / "clients" / "openapi" / f"{name}.json").read_text())
    for name in ("semantic", "aesthetic")
}
# What a proxy integration may answer with, by the event's payload format.
RESPONSE_KEYS = {
    "rest": {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"},
    "http": {"statusCode", "headers", "body", "isBase64Encoded"},
}


@dataclass(frozen=True)
class HttpAnswer:
    """What a caller of the gateway would receive."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def content_type(self) -> str:
        return self.headers["content-type"]

    @property
    def scores(self) -> list[list[object]]:
        """Every number the model gave, in the order given: to be compared bit for bit."""
        if "raw_score" in self.body:
            return [[self.body[key] for key in ("raw_score", "normalized_score", "percentile")]]
        return [[score[key] for key in ("filter", "logit", "raw", "confidence")] for score in self.body["attributes"]]


def http_answer(invocation: Invocation) -> HttpAnswer:
    """The handler's answer, which must be text: base64 of JSON would reach the caller as it is."""
    payload = invocation.payload
    assert payload["isBase64Encoded"] is False
    return HttpAnswer(payload["statusCode"], payload["headers"], json.loads(payload["body"]))


def check_contract(function: str, schema: str, body: dict[str, Any]) -> None:
    """Raises jsonschema's ValidationError unless `body` is what the function's committed contract calls `schema`."""
    components = CONTRACTS[function]["components"]
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": components})
