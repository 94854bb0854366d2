"""API Gateway's events, taken apart once: what an adapter relies on is checked, what it does not need is left out."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from functions.common.errors import MalformedEvent
from functions.common.requests import check_host, check_port

Event: TypeAlias = dict[str, Any]
Values: TypeAlias = dict[str, list[str]]

# Mangum takes these apart without care, and nothing here needs them once they are checked.
_NOT_FOR_MANGUM: Final = frozenset({"host", "x-forwarded-port"})
# REST APIs and HTTP APIs say who signed; only REST APIs know keys.
_CALLERS: Final = (("identity", "caller"), ("authorizer", "iam", "callerId"), ("identity", "apiKeyId"))
_PARAMETER: Final = re.compile(r"\{([^{}+]+)\+?\}")


def is_http(event: object) -> bool:
    """Whether API Gateway made this event."""
    if not isinstance(event, dict) or not isinstance(event.get("requestContext"), dict):
        return False
    if event.get("version") == "2.0":
        return isinstance(event["requestContext"].get("http"), dict)
    return isinstance(event.get("httpMethod"), str) and isinstance(event.get("path"), str)


def stage(event: object) -> str | None:
    """The stage of the API that the call came through, else None."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    found = context.get("stage") if isinstance(context, dict) else None
    return found if isinstance(found, str) and found else None


def caller(event: object) -> str | None:
    """Whoever API Gateway authenticated: the IAM principal, else the API key's id, else None.

    A role's sessions are one caller: of its id `AROA...:session` the session is left out.
    """
    context = event.get("requestContext") if isinstance(event, dict) else None
    for path in _CALLERS:
        found: object = context
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str) and found:
            return f"{path[-1]}:{found.partition(':')[0]}"
    return None


def prepare(event: Event, base_path: str) -> Event:
    """An HTTP event (see `is_http`) as Mangum takes it, its path relative to the service.

    The result has what Mangum reads and no more, so that it can neither fail over a part that is missing nor take the
    event for another kind. Raises MalformedEvent and MalformedHeader.
    """
    headers = _headers(event)
    for host in headers.get("host", ()):
        check_host(host)
    for port in headers.get("x-forwarded-port", ()):
        check_port(port)
    taken = {name: values for name, values in headers.items() if name not in _NOT_FOR_MANGUM}
    path = _strip(_path_in_api(event), base_path)
    if event.get("version") == "2.0":
        method = _required(event["requestContext"]["http"], "method")
        return {
            "version": "2.0",
            "headers": {name: ", ".join(values) for name, values in taken.items()},
            "rawQueryString": _text(event, "rawQueryString") or "",
            "requestContext": {"http": {"method": method, "path": path, "sourceIp": None}},
            "body": _body(event),
        }
    return {
        "resource": "/{proxy+}",
        "httpMethod": event["httpMethod"],
        "path": path,
        "requestContext": {},
        "multiValueHeaders": taken,
        "multiValueQueryStringParameters": _merged(event, "queryStringParameters", "multiValueQueryStringParameters"),
        "body": _body(event),
    }


def _headers(event: Event) -> Values:
    """All values of each header, by its name in lower case."""
    headers: Values = defaultdict(list)
    for name, values in _merged(event, "headers", "multiValueHeaders").items():
        headers[name.lower()] += values
    return dict(headers)


def _merged(event: Event, single: str, multiple: str) -> Values:
    """Names with all their values, from the two ways of a REST event to say them; the fuller one counts."""
    values = {name: [value] for name, value in _mapping(event, single).items()}
    for name, several in _mapping(event, multiple).items():
        if not isinstance(several, list):
            raise _malformed(multiple)
        values[name] = several
    if not all(isinstance(value, str) for several in values.values() for value in several):
        raise _malformed(single)
    return values


def _body(event: Event) -> bytes:
    text, encoded = _text(event, "body") or "", event.get("isBase64Encoded", False)
    if not isinstance(encoded, bool):
        raise _malformed("isBase64Encoded")
    if not encoded:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _malformed("body") from error


def _path_in_api(event: Event) -> str:
    """The path within the API, without the stage or the base path of a custom domain that the event's own may carry.

    The matched route says it best: `/semantic/{proxy+}` with its parameters filled in. A catch-all route that has no
    pattern (`$default`) leaves the event's path; HTTP APIs keep a named stage in front of that.
    """
    context = event["requestContext"]
    pattern = (_text(event, "resource") or _text(event, "routeKey") or "").rpartition(" ")[2]
    parameters = _mapping(event, "pathParameters")
    names = _PARAMETER.findall(pattern)
    if pattern.startswith("/") and all(isinstance(parameters.get(name), str) for name in names):
        return _PARAMETER.sub(lambda match: parameters[match[1]], pattern)
    stage = f"/{_text(context, 'stage') or ''}" if "version" in event else ""
    return _strip(_required(context["http"], "path") if event.get("version") == "2.0" else event["path"], stage)


def _strip(path: str, prefix: str) -> str:
    if prefix in {"/", ""} or not (path == prefix or path.startswith(f"{prefix}/")):
        return path
    return path[len(prefix) :] or "/"


def _mapping(event: Event, key: str) -> Mapping[str, Any]:
    found = event.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise _malformed(key)
    return found


def _text(part: Mapping[str, Any], key: str) -> str | None:
    found = part.get(key)
    if found is not None and not isinstance(found, str):
        raise _malformed(key)
    return found


def _required(part: Mapping[str, Any], key: str) -> str:
    found = _text(part, key)
    if found is None:
        raise _malformed(key)
    return found


def _malformed(key: str) -> MalformedEvent:
    return MalformedEvent(f"this is not an event that API Gateway sends: {key} is missing or malformed")
