"""From a Lambda event to the ASGI app and back: Mangum, guarded against the events it raises on."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final, Protocol

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.types import ASGI

from functions.common import invocation, problems
from functions.common.errors import InternalError, MalformedHeader, MalformedJson, ServiceError
from functions.common.requests import check_host, check_port

logger = logging.getLogger(__name__)

Event = dict[str, Any]

# Mangum takes these apart without care, and nothing here needs them once they are checked.
_NOT_FOR_MANGUM: Final = frozenset({"host", "x-forwarded-port"})
_PARAMETER: Final = re.compile(r"\{([^}+]+)\+?\}")


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the platform gives up."""


class LambdaHandler:
    """The function's entry point. HTTP events (REST v1, HTTP API v2) go to the app; others are reported and dropped."""

    def __init__(self, app: ASGI, *, base_path: str, provisioned: bool) -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        # Mangum logs the path of every request, which is the caller's text.
        logging.getLogger("mangum.http").setLevel(logging.WARNING)
        # Start-up happens at import, once; lifespan would run it again in every invocation.
        self._mangum = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, problems.MEDIA_TYPE])
        self._base_path = "/" + base_path.strip("/")
        # The first call of an environment is billed for its initialisation, unless that was provisioned ahead.
        self._init_ms = 0.0 if provisioned else process_age_ms()

    def __call__(self, event: Event, context: Context) -> dict[str, Any]:
        """One invocation."""
        call = invocation.Invocation(
            request_id=context.aws_request_id,
            init_ms=self._init_ms,
            deadline=time.perf_counter() + context.get_remaining_time_in_millis() / 1000,
        )
        self._init_ms = 0.0
        if not is_http(event):
            logger.warning("request %s: not an HTTP event, nothing done", call.request_id)
            return {"handled": False, "reason": "not an HTTP event"}
        token = invocation.current.set(call)
        try:
            return self._mangum(prepare(event, self._base_path), context)  # type: ignore[arg-type]
        except ServiceError as error:
            return _problem_answer(error, context.aws_request_id)
        except UnicodeEncodeError:
            # JSON can say what UTF-8 cannot; Mangum finds out while it encodes.
            unsayable = MalformedHeader("the path, the query or a header holds half of a surrogate pair")
            return _problem_answer(unsayable, context.aws_request_id)
        except Exception:
            logger.exception("request %s: the event could not be served", call.request_id)
            return _problem_answer(InternalError("the fault is ours and has been logged"), context.aws_request_id)
        finally:
            invocation.current.reset(token)


def is_http(event: object) -> bool:
    """Whether API Gateway made this event."""
    if not isinstance(event, dict) or not isinstance(event.get("requestContext"), dict):
        return False
    if event.get("version") == "2.0":
        return isinstance(event["requestContext"].get("http"), dict)
    return isinstance(event.get("httpMethod"), str) and isinstance(event.get("path"), str)


def prepare(event: Event, base_path: str) -> Event:
    """The event as Mangum takes it, its path relative to the service. Raises MalformedHeader and MalformedJson."""
    headers = _headers(event)
    for host in headers.get("host", ()):
        check_host(host)
    for port in headers.get("x-forwarded-port", ()):
        check_port(port)
    try:
        (event.get("body") or "").encode()
    except UnicodeEncodeError as error:
        raise MalformedJson("the body is not UTF-8") from error
    prepared = event | {
        name: {key: value for key, value in event[name].items() if key.lower() not in _NOT_FOR_MANGUM}
        for name in ("headers", "multiValueHeaders")
        if isinstance(event.get(name), dict)
    }
    path = _strip(_path_in_api(event), base_path)
    if event.get("version") == "2.0":
        context = event["requestContext"]
        prepared["requestContext"] = context | {"http": context["http"] | {"path": path}}
    else:
        prepared["path"] = path
    return prepared


def process_age_ms() -> float:
    """Milliseconds since this process was started, give or take 5; 0 where /proc cannot be read."""
    try:
        # Field 22 of proc(5) stat, counted after the parenthesised command name: clock ticks of 10 ms since boot, the
        # last of them not over, so half a tick is added.
        started_ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) * 1000 - (started_ticks + 0.5) * 10)


def _path_in_api(event: Event) -> str:
    """The path within the API, without the stage or the base path of a custom domain that the event's own may carry.

    The matched route says it best: `/semantic/{proxy+}` with its parameters filled in. A catch-all route that has no
    pattern (`$default`) leaves the event's path; HTTP APIs keep a named stage in front of that.
    """
    pattern = str(event.get("resource") or event.get("routeKey", "")).rpartition(" ")[2]
    parameters = event.get("pathParameters") or {}
    names = _PARAMETER.findall(pattern)
    if pattern.startswith("/") and all(isinstance(parameters.get(name), str) for name in names):
        return _PARAMETER.sub(lambda match: parameters[match[1]], pattern)
    context = event["requestContext"]
    stage = f"/{context.get('stage')}" if "version" in event else ""
    return _strip(context["http"]["path"] if event.get("version") == "2.0" else event["path"], stage)


def _strip(path: str, prefix: str) -> str:
    if prefix in {"/", ""} or not (path == prefix or path.startswith(f"{prefix}/")):
        return path
    return path[len(prefix) :] or "/"


def _headers(event: Event) -> dict[str, list[str]]:
    """All values of each header, by its name in lower case."""
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in (event.get("headers") or {}).items():
        values[name.lower()].append(str(value))
    for name, several in (event.get("multiValueHeaders") or {}).items():
        values[name.lower()] += map(str, several or ())
    return values


def _problem_answer(error: ServiceError, request_id: str) -> dict[str, Any]:
    problem = problems.problem(error, request_id)
    return {
        "statusCode": problem.status,
        "headers": {"content-type": problems.MEDIA_TYPE, "x-request-id": request_id} | problems.headers(error),
        "body": json.dumps(problem.model_dump(exclude_none=True)),
        "isBase64Encoded": False,
    }
