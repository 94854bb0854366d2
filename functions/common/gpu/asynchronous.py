"""An app as SageMaker asks for it: `GET /ping`, and `POST /invocations` for any of its routes.

An invocation is `{"route": "/batch", "body": {...}}`. What the route makes of it comes back with 200 as `{"status",
"headers", "body"}`, a caller's mistake included: that invocation is finished. A fault of ours keeps its own 5xx, which
is what SageMaker counts as failed.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, Final

import anyio.to_thread
from pydantic import Field
from starlette import requests
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.common import invocation
from functions.common.bodies import read_json
from functions.common.errors import ModelUnavailable, ServiceError
from functions.common.instance_time import InstanceClock
from functions.common.loading import Loading
from functions.common.problems import problem
from functions.common.service import problem_response
from functions.common.wire import Request

_INFERENCE_ID: Final = "x-amzn-sagemaker-inference-id"


class AsynchronousInvocation(Request):
    """The body of `POST /invocations`."""

    route: Annotated[str, Field(pattern=r"^/[a-z-]*$", max_length=64)]
    body: dict[str, Any]


class AsynchronousApp:
    """ASGI around `app`, whose model may still be loading. Its own routes are answered as ever.

    `faulted` is called, in a thread, after every fault of ours (500), which may be the first of many: GPUs get lost.
    """

    def __init__(
        self, app: ASGIApp, loading: Loading[Any], max_bytes: int, faulted: Callable[[], object] = lambda: None
    ) -> None:
        self._app = app
        self._loading = loading
        self._max_bytes = max_bytes
        self._faulted = faulted
        # An instance is paid for while it waits, too; the receipt of the next job says how long that was.
        self._clock = InstanceClock()
        self._stopping = False
        self._running = 0
        self._changed = threading.Condition()

    def stop(self) -> None:
        """Refuses whatever comes from now on."""
        self._stopping = True

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Waits for what is being worked on; False if some of it still is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._stopping:
            refusal = ModelUnavailable("this container is shutting down", retry_after_seconds=5)
            await problem_response(refusal, uuid.uuid4().hex)(scope, receive, send)
        elif scope["path"] == "/ping":
            await self._ping()(scope, receive, send)
        else:
            with self._at_work():
                await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        statuses: list[int] = []

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        if (scope["path"], scope["method"]) == ("/invocations", "POST"):
            answer = await self._invoke(requests.Request(scope, receive))
            await answer(scope, receive, noted)
        else:
            await self._app(scope, receive, noted)
        if HTTPStatus.INTERNAL_SERVER_ERROR in statuses:
            await anyio.to_thread.run_sync(self._faulted)

    def _ping(self) -> Response:
        try:
            self._loading.get(0)
        except ServiceError as error:
            return problem_response(error, uuid.uuid4().hex)
        return JSONResponse({"status": "ok"})

    async def _invoke(self, request: requests.Request) -> Response:
        inference_id = request.headers.get(_INFERENCE_ID) or uuid.uuid4().hex
        try:
            asked = await read_json(request, AsynchronousInvocation, self._max_bytes)
        except ServiceError as error:
            refusal = problem(error, inference_id)
            return _envelope(refusal.status, {}, refusal.model_dump(mode="json"))
        status, headers, body = await self._ask(asked, inference_id)
        if status >= 500:
            return Response(body, status, media_type=headers.get("content-type"))
        return _envelope(status, headers, json.loads(body))

    async def _ask(self, asked: AsynchronousInvocation, inference_id: str) -> tuple[int, dict[str, str], bytes]:
        """The route's own answer: status, headers by name in lower case, body."""
        content = json.dumps(asked.body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(content)),
            "x-request-id": inference_id,
        }
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": asked.route,
            "raw_path": asked.route.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": None,
            "server": None,
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        with self._clock.turn() as turn:
            token = invocation.current.set(invocation.Invocation(turn=turn))
            try:
                await self._app(scope, receive, send)
            finally:
                invocation.current.reset(token)
        start, *parts = messages
        answered = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return start["status"], answered, b"".join(part.get("body", b"") for part in parts)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def _envelope(status: int, headers: dict[str, str], body: Any) -> Response:
    own = {name: value for name, value in headers.items() if name.startswith("x-")}
    return JSONResponse({"status": status, "headers": own, "body": body})
