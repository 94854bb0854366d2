"""One request through the ASGI app, and the same as the event of either gateway, answered in the same form."""

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

import httpx
import jsonschema
from fastapi import FastAPI

from emulation.gateway_events import load_event
from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.common.deployment import ServiceSettings
from functions.common.gateway import LambdaHandler
from tests.functions.pictures import MARKER

CONTRACT: dict[str, Any] = json.loads((REPOSITORY_ROOT / "clients" / "openapi" / "semantic.json").read_text())


@dataclass(frozen=True)
class Call:
    """A request."""

    path: str = "/detect"
    body: bytes = b""
    method: str = "POST"
    content_type: str | None = "application/json"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sent_headers(self) -> dict[str, str]:
        return ({} if self.content_type is None else {"content-type": self.content_type}) | dict(self.headers)


@dataclass(frozen=True)
class Answer:
    """A response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def scores(self) -> list[tuple[Any, ...]]:
        """What must be the same bit for bit: JSON writes floats so that they read back exactly."""
        listed = self.json["attributes"] if "attributes" in self.json else self.json["scores"]
        return [tuple(score[key] for key in ("filter", "logit", "raw", "confidence")) for score in listed]


class Transport(Protocol):
    def __call__(self, call: Call) -> Answer: ...


def through_asgi(app: FastAPI, *calls: Call) -> list[Answer]:
    """The calls, all at once."""

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
            return await asyncio.gather(
                *(
                    client.request(
                        call.method,
                        call.path + (f"?{call.query}" if call.query else ""),
                        content=call.body,
                        headers=call.sent_headers,
                    )
                    for call in calls
                )
            )

    # With a loop of its own making a runner leaves the thread's current loop alone, which the Lambda handler needs.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        responses = runner.run(send())
    return [Answer(response.status_code, dict(response.headers), response.content) for response in responses]


@dataclass
class LambdaContext:
    """What Lambda's client passes beside the event."""

    aws_request_id: str = "6f1d2c3b-0a9e-4c5d-8b7f-112233445566"
    remaining_ms: int = 29_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def rest_event(call: Call) -> dict[str, Any]:
    """The call as a REST API hands it on: bytes that are no text, and pictures, in base64."""
    event = load_event("rest_json", b"")
    headers = {name: value for name, value in event["headers"].items() if name != "Content-Type"} | call.sent_headers
    query = parse_qs(call.query, keep_blank_values=True)
    context = event["requestContext"] | {"httpMethod": call.method, "path": f"/prod{call.path}"}
    return event | {
        "httpMethod": call.method,
        "path": call.path,
        "pathParameters": {"proxy": call.path.removeprefix("/")},
        "requestContext": context,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        **_event_body(call),
    }


def http_event(call: Call) -> dict[str, Any]:
    """The call as an HTTP API hands it on: names of headers in lower case, the query as it was sent."""
    event = load_event("http_json", b"")
    context = event["requestContext"]
    return event | {
        "rawPath": call.path,
        "rawQueryString": call.query,
        "headers": event["headers"]
        | {"content-length": str(len(call.body))}
        | {name.lower(): value for name, value in call.sent_headers.items()},
        "pathParameters": {"proxy": call.path.removeprefix("/")},
        "requestContext": context | {"http": context["http"] | {"method": call.method, "path": call.path}},
        **_event_body(call),
    }


def _event_body(call: Call) -> dict[str, Any]:
    text: str | None = None
    if not (call.content_type or "").startswith("image/"):
        with contextlib.suppress(UnicodeDecodeError):
            text = call.body.decode()
    return {
        "body": (base64.b64encode(call.body).decode() if text is None else text) if call.body else None,
        "isBase64Encoded": bool(call.body) and text is None,
    }


GATEWAYS: Mapping[str, Callable[[Call], dict[str, Any]]] = {"rest": rest_event, "http": http_event}


def lambda_answer(payload: dict[str, Any]) -> Answer:
    """What the gateway makes of a handler's return value."""
    assert payload["isBase64Encoded"] is False, "an answer in base64 would reach the caller as it is"
    headers = {name.lower(): value for name, value in payload["headers"].items()}
    return Answer(payload["statusCode"], headers, payload["body"].encode())


def through_lambda(
    handler: LambdaHandler, call: Call, gateway: str = "rest", context: LambdaContext | None = None
) -> Answer:
    return lambda_answer(handler(GATEWAYS[gateway](call), context or LambdaContext()))


def between_good_requests(transport: Transport, good: Call, act: Callable[[], Answer]) -> Answer:
    """What `act` is answered, with the same good request before and after it: its scores do not move by a bit."""
    before, answer, after = transport(good), act(), transport(good)
    assert (before.status, after.status) == (200, 200)
    assert after.scores == before.scores != []
    return answer


def warm_handler(app: FastAPI, settings: ServiceSettings, loop: asyncio.AbstractEventLoop) -> LambdaHandler:
    """The Lambda entry point around `app`; it runs in `loop`, in place of one of its own."""
    handler = LambdaHandler(app, base_path=settings.deployment.base_path, provisioned=True)
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(loop)
    return handler


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def with_picture(data: bytes, path: str = "/detect", **fields: Any) -> Call:
    """A JSON request with the picture in base64."""
    return Call(path, json.dumps({"image_base64": as_base64(data), **fields}).encode())


def check_contract(schema: str, document: object) -> None:
    """Raises jsonschema's ValidationError unless `document` is what the contract calls `schema`."""
    jsonschema.validate(document, {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]})


def check_refusal(answer: Answer) -> dict[str, Any]:
    """The problem, once it is known to be the caller's fault, small, in the one shape, and nobody's echo."""
    assert 400 <= answer.status < 500
    return check_problem(answer, answer.status, answer.json["code"])


def check_problem(answer: Answer, status: int, code: str, *, final: bool = False) -> dict[str, Any]:
    """The problem, once it is known to be the expected one, small, in the one shape, and nobody's echo."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.body) <= 4096
    assert MARKER.encode() not in answer.body
    assert not any(MARKER in value for value in answer.headers.values())
    problem: dict[str, Any] = answer.json
    assert (answer.status, problem["code"]) == (status, code), problem["detail"]
    check_contract("Problem", problem)
    assert problem["status"] == status
    assert problem["type"] == f"urn:imajin:problem:{code}"
    assert problem["request_id"] == answer.headers["x-request-id"] != ""
    assert problem["retryable"] is ((status in {429, 503} or code == "too_many_new_labels") and not final)
    return problem
