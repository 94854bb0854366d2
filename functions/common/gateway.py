"""From a Lambda event to the ASGI app and back: Mangum, guarded against the events it raises on."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any, Final, Protocol

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.types import ASGI

from functions.common import invocation, problems
from functions.common.errors import InternalError, MalformedEvent, ServiceError
from functions.common.events import Event, caller, is_http, prepare, stage
from functions.common.faults import trace

logger = logging.getLogger(__name__)

# Billed after the receipt is written: the answer's text, its lines in the log, sending it. With the runtime interface
# emulator on two cores 1.5 to 2.5 ms.
RUNTIME_MS: Final = 2.0
# Then the event's memory is returned to the system or kept, as the allocator decides: 0.1 ms or 1.9 to 3.5 ms for an
# event of 4.6 MB, measured the same way. This is the middle.
RELEASE_MS_PER_MB: Final = 0.3
# More than this is no time spent: a clock a little ahead of the platform's makes the remainder almost a whole second.
CREDIBLE_MS: Final = 900.0


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
        self._ready = time.perf_counter()

    def __call__(self, event: Event, context: Context) -> dict[str, Any]:
        """One invocation."""
        started, remaining_ms = time.perf_counter(), context.get_remaining_time_in_millis()
        call = invocation.Invocation(
            request_id=context.aws_request_id,
            started=started,
            init_ms=self._init_ms,
            around_ms=RUNTIME_MS + release_ms(event) + spent_before_ms(remaining_ms, (started - self._ready) * 1000),
            stage=stage(event),
            caller=caller(event),
            deadline=started + remaining_ms / 1000,
        )
        self._init_ms = 0.0
        try:
            return self._answer(event, context, call)
        finally:
            self._ready = time.perf_counter()

    def _answer(self, event: Event, context: Context, call: invocation.Invocation) -> dict[str, Any]:
        if not is_http(event):
            logger.warning("request %s: not an HTTP event, nothing done", call.request_id)
            return {"handled": False, "reason": "not an HTTP event"}
        token = invocation.current.set(call)
        try:
            return self._mangum(prepare(event, self._base_path), context)  # type: ignore[arg-type]
        except ServiceError as error:
            return _problem_answer(error, context.aws_request_id)
        except UnicodeEncodeError:
            # An event is JSON, which can say what UTF-8 cannot.
            surrogate = MalformedEvent("the path, the query, a header or the body has an unpaired surrogate")
            return _problem_answer(surrogate, context.aws_request_id)
        except Exception as error:  # noqa: BLE001 - whatever the adapter raises
            # Without messages, which may quote the event.
            logger.error("request %s: the event could not be served: %s", call.request_id, trace(error))  # noqa: TRY400
            return _problem_answer(InternalError("the fault is ours and has been logged"), context.aws_request_id)
        finally:
            invocation.current.reset(token)


def spent_before_ms(remaining_ms: int, idle_ms: float) -> float:
    """Milliseconds of a call that had passed when its handler began, such as reading the event: 10 for one of 3 MB.

    Lambda's timeouts are whole seconds, so it is what the remaining time lacks to the next whole one. It is at most the
    time since the environment was ready: the emulator counts a first call's deadline from before the environment began.
    """
    spent_ms = float(-remaining_ms % 1000)
    return 0.0 if spent_ms > CREDIBLE_MS else min(spent_ms, max(idle_ms, 0.0))


def release_ms(event: object) -> float:
    """Milliseconds of a call spent on freeing its event's memory, after the answer is sent."""
    body = event.get("body") if isinstance(event, dict) else None
    return RELEASE_MS_PER_MB * len(body) / 1e6 if isinstance(body, str) else 0.0


def process_age_ms() -> float:
    """Milliseconds since this process was started, give or take 5; 0 where /proc cannot be read."""
    try:
        # Field 22 of proc(5) stat, counted after the parenthesised command name: clock ticks of 10 ms since boot, the
        # last of them not over, so half a tick is added.
        started_ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) * 1000 - (started_ticks + 0.5) * 10)


def _problem_answer(error: ServiceError, request_id: str) -> dict[str, Any]:
    problem = problems.problem(error, request_id)
    return {
        "statusCode": problem.status,
        "headers": {"content-type": problems.MEDIA_TYPE, "x-request-id": request_id} | problems.headers(error),
        "body": json.dumps(problem.model_dump()),
        "isBase64Encoded": False,
    }
