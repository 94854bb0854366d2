"""Sends the canary pictures to a stage: to its API, and to an alias as the events that a REST API would send."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.exceptions import ClientError

from models.canaries import CanaryReport, Endpoint, compare_canaries
from models.errors import CanaryError, ModelsError
from ops.aws import Unanswered, answered
from ops.errors import OpsError
from ops.stage import Stage


@dataclass(frozen=True, slots=True)
class AliasEndpoint:
    """An alias of a function, asked by invoking it: needs no key, and goes through no throttle of the API."""

    client: Any
    function: str
    alias_arn: str
    stage: str

    @property
    def name(self) -> str:
        """The alias, for reports: function:alias."""
        return ":".join(self.alias_arn.split(":")[-2:])

    def post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """The JSON object that answers. Raises CanaryError."""
        where = f"{self.name}{path.partition('?')[0]}"
        event = json.dumps(rest_event(self.stage, f"/{self.function}", path, body, media_type)).encode()
        try:
            reply = answered(lambda: self.client.invoke(FunctionName=self.alias_arn, Payload=event))
        except (ClientError, Unanswered) as error:
            raise CanaryError(f"{where}: cannot be invoked ({error})") from error
        payload = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply or not isinstance(payload, dict) or "statusCode" not in payload:
            told = payload.get("errorMessage") if isinstance(payload, dict) else None
            raise CanaryError(f"{where}: failed ({told or 'no reason given'}); see its log")
        text = payload.get("body") or ""
        try:
            answer = json.loads(base64.b64decode(text) if payload.get("isBase64Encoded") else text)
        except ValueError as error:
            raise CanaryError(f"{where}: answered with something other than JSON") from error
        if payload["statusCode"] != 200 or not isinstance(answer, dict):
            code = answer.get("code") if isinstance(answer, dict) else None
            raise CanaryError(f"{where}: answered {payload['statusCode']} {code or ''}".rstrip())
        return answer


def rest_event(stage: str, prefix: str, path: str, body: bytes, media_type: str) -> dict[str, Any]:
    """A REST API's event for a POST to `path`, with its query, in `stage` under the resource `prefix`/{proxy+}."""
    target = urlsplit(path)
    headers = {"Content-Type": media_type}
    query = parse_qs(target.query, keep_blank_values=True)
    return {
        "resource": f"{prefix}/{{proxy+}}",
        "path": f"{prefix}{target.path}",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": target.path.removeprefix("/")},
        "requestContext": {
            "stage": stage,
            "resourcePath": f"{prefix}/{{proxy+}}",
            "httpMethod": "POST",
            "path": f"/{stage}{prefix}{target.path}",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def ask_stage(stage: Stage, endpoints: Mapping[str, Endpoint]) -> dict[str, CanaryReport]:
    """What each function's endpoint answered to its canaries. Raises OpsError where one cannot be compared."""
    reports = {}
    for function, chosen in stage.functions.items():
        try:
            reports[function] = compare_canaries(stage.root / chosen.artifacts, endpoints[function])
        except ModelsError as error:
            raise OpsError(f"canaries of {function}: {error}") from error
    return reports
