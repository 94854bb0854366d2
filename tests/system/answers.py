"""A gateway response read back, held against the contract."""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema

from emulation.invocations import Invocation
from emulation.runtime_emulator import REPOSITORY_ROOT

CONTRACT = json.loads((REPOSITORY_ROOT / "clients" / "openapi" / "semantic.json").read_text())
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
        """Filter, logit, raw and confidence, in the order given: to be compared bit for bit."""
        return [[score[key] for key in ("filter", "logit", "raw", "confidence")] for score in self.body["attributes"]]


def http_answer(invocation: Invocation) -> HttpAnswer:
    """The handler's answer, which must be text: base64 of JSON would reach the caller as it is."""
    payload = invocation.payload
    assert payload["isBase64Encoded"] is False
    return HttpAnswer(payload["statusCode"], payload["headers"], json.loads(payload["body"]))


def check_contract(schema: str, body: dict[str, Any]) -> None:
    """Raises jsonschema's ValidationError unless `body` is what the committed contract calls `schema`."""
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]})
