"""The factory around small apps of its own: ids, headers, what nobody caught, what is logged."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from functions.common import service
from functions.common.errors import Busy
from functions.common.exchange import exchange_of
from functions.common.invocation import Invocation, current
from functions.common.receipts import Cashier, Platform
from tests.functions.calls import Answer, Call, check_problem, through_asgi
from tests.functions.pictures import MARKER

PLATFORM = Platform(
    region="us-east-1", memory_mb=1024, architecture="arm64", provisioned=False, gateway="rest", estimated=True
)


class Echo(BaseModel):
    """A request model."""

    value: int


@pytest.fixture
def app() -> FastAPI:
    app = service.create_service(title="small", version="1", description="", cashier=Cashier(PLATFORM), requests=[Echo])

    @app.get("/ok")
    async def ok(request: Request) -> Response:
        with exchange_of(request).stages.measure("inference"):
            return service.reply(Echo(value=1))

    @app.get("/fault")
    async def fault() -> Response:
        raise RuntimeError(MARKER)

    @app.get("/late")
    async def late() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a part"
            raise RuntimeError(MARKER)

        return StreamingResponse(parts(), media_type="text/plain")

    @app.get("/busy")
    async def busy() -> Response:
        raise Busy("full", retry_after_seconds=7)

    @app.get("/teapot")
    async def teapot() -> Response:
        raise HTTPException(418, MARKER)

    return app


@pytest.fixture
def get(app: FastAPI) -> Callable[..., Answer]:
    def call(path: str, method: str = "GET", **headers: str) -> Answer:
        renamed = {name.replace("_", "-"): value for name, value in headers.items()}
        return through_asgi(app, Call(path, method=method, content_type=None, headers=renamed))[0]

    return call


def test_headers_on_every_answer(get: Callable[..., Answer]) -> None:
    for path in ("/ok", "/fault", "/busy", "/nowhere"):
        answer = get(path)
        assert float(answer.headers["x-total-time"]) >= float(answer.headers["x-inference-time"]) >= 0
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.headers["x-cost-usd"].startswith("0.0000")
        assert "x-model-digest" not in answer.headers


def test_what_nobody_caught_is_ours_and_stays_here(
    get: Callable[..., Answer], caplog: pytest.LogCaptureFixture
) -> None:
    answer = get("/fault")
    problem = check_problem(answer, 500, "internal_error")
    assert problem["detail"] == "the fault is ours and has been logged under this request id"
    assert f"request {problem['request_id']} failed" in caplog.text
    assert "builtins.RuntimeError" in caplog.text
    assert "in fault" in caplog.text, "where it came from"
    assert MARKER not in caplog.text, "what an exception says may be the caller's words"


def test_a_fault_after_the_first_byte_is_logged(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """There is no taking back the status; a second start would break the protocol."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()  # a caller who stays, and sends nothing
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/late", "query_string": b"", "headers": []}
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(app(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"a part")
    assert "failed" in caplog.text
    assert MARKER not in caplog.text


def test_a_caller_who_breaks_off_is_no_fault(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is answered, for nobody listens, and no traceback is written for it."""
    caplog.set_level(logging.INFO)
    messages: Iterator[MutableMapping[str, Any]] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(messages)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    @app.post("/read")
    async def read(request: Request) -> Response:
        return Response(await request.body())

    scope = {"type": "http", "method": "POST", "path": "/read", "query_string": b"", "headers": []}
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(app(scope, receive, send))
    assert sent == []
    assert "broke off" in caplog.text
    assert not any(record.levelno > logging.INFO for record in caplog.records)


def test_every_host_header_counts(app: FastAPI) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/ok",
        "query_string": b"",
        "headers": [(b"host", b"a"), (b"host", b"b c")],
    }
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(app(scope, receive, send))
    assert sent[0]["status"] == 400


def test_the_frameworks_own_errors_have_the_one_shape(get: Callable[..., Answer]) -> None:
    for path in ("/nowhere", "/"):
        assert check_problem(get(path), 404, "not_found")["detail"] == "there is nothing here; /docs lists every route"
    slash = check_problem(get("/ok/"), 404, "not_found")
    assert slash["detail"] == "there is nothing here; /docs lists every route; no path ends in a slash"
    check_problem(get("/teapot"), 500, "internal_error")
    assert get("/busy").headers["retry-after"] == "7"
    check_problem(get("/busy"), 503, "busy")


@pytest.mark.parametrize("path", ["/ok", "/docs"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
def test_another_method(get: Callable[..., Answer], method: str, path: str) -> None:
    answer = get(path, method)
    problem = check_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert problem["detail"] == "this path takes GET, HEAD; /docs describes every route"


@pytest.mark.parametrize(("path", "status"), [("/ok", 200), ("/docs", 200), ("/busy", 503), ("/nowhere", 404)])
def test_a_head_is_what_get_says_without_a_body(get: Callable[..., Answer], path: str, status: int) -> None:
    whole, head = get(path), get(path, "HEAD")
    assert (head.status, head.body) == (status, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == whole.headers[name], name
    assert head.headers.keys() == whole.headers.keys()


def test_a_head_is_logged_as_one(get: Callable[..., Answer], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    get("/ok", "HEAD")
    (line,) = [json.loads(record.message) for record in caplog.records if record.message.startswith("{")]
    assert (line["method"], line["route"], line["status"]) == ("HEAD", "/ok", 200)


@pytest.mark.parametrize("offered", ["abc-123", "A.b_c", "x" * 64])
def test_a_plain_id_is_kept(get: Callable[..., Answer], offered: str) -> None:
    assert get("/ok", x_request_id=offered).headers["x-request-id"] == offered


@pytest.mark.parametrize("offered", ["", "a b", "x" * 65, "a\tb", "<script>", "a/b", "a,b"])
def test_an_odd_id_is_replaced(get: Callable[..., Answer], offered: str) -> None:
    own = get("/ok", x_request_id=offered).headers["x-request-id"]
    assert own != offered
    assert len(own) == 32


def test_the_platforms_id_comes_first(get: Callable[..., Answer]) -> None:
    token = current.set(Invocation(request_id="from-the-platform"))
    try:
        assert get("/ok", x_request_id="offered").headers["x-request-id"] == "from-the-platform"
    finally:
        current.reset(token)


def test_one_line_a_request_without_the_callers_words(
    get: Callable[..., Answer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="functions")
    get("/ok")
    get(f"/{MARKER}?{MARKER}={MARKER}", user_agent=MARKER)
    get("/nowhere", MARKER.upper())
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [(line["route"], line["method"], line["status"]) for line in lines] == [
        ("/ok", "GET", 200),
        (None, None, 404),
        (None, None, 404),
    ]
    assert MARKER not in caplog.text
    assert MARKER.upper() not in caplog.text


def test_request_models_are_in_the_document(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert {"Echo", "Problem"} <= set(schemas)
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)
    assert app.openapi() is app.openapi()
