"""An answer is sent at once; the request is read on, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from functions.common.draining import DrainingMiddleware

CHUNK = bytes(1000)


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    await Response("no", status_code=413)(scope, receive, send)


async def reading(scope: Any, receive: Any, send: Any) -> None:
    await Response(str(len(await Request(scope, receive).body())))(scope, receive, send)


def ask(
    app: ASGIApp, receive: Callable[[int], Awaitable[Message]], headers: tuple[tuple[bytes, bytes], ...] = ()
) -> tuple[list[Message], int]:
    """What is sent, and how often the request was read from; `receive` is told how often before."""
    sent: list[Message] = []
    reads = 0

    async def read() -> Message:
        nonlocal reads
        reads += 1
        return await receive(reads - 1)

    async def send(message: Message) -> None:
        sent.append({**message, "after": reads})

    async def run() -> None:
        await app(
            {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [*headers]}, read, send
        )

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(run())
    return sent, reads


def chunks(count: int) -> Callable[[int], Awaitable[Message]]:
    async def receive(before: int) -> Message:
        return {"type": "http.request", "body": CHUNK, "more_body": before + 1 < count}

    return receive


def test_the_answer_comes_first_and_ends_with_the_request() -> None:
    sent, reads = ask(DrainingMiddleware(refusing), chunks(7))
    assert [(message["type"], message["after"]) for message in sent] == [
        ("http.response.start", 0),
        ("http.response.body", 0),
        ("http.response.body", 7),
    ]
    assert [message.get("more_body") for message in sent] == [None, True, False]
    assert b"".join(message.get("body", b"") for message in sent) == b"no"
    assert reads == 7


def test_what_was_read_is_answered_as_it_is() -> None:
    sent, reads = ask(DrainingMiddleware(reading), chunks(7))
    assert (len(sent), sent[1]["body"], sent[1].get("more_body", False), reads) == (2, b"7000", False, 7)


def test_no_more_than_so_many_bytes() -> None:
    sent, reads = ask(DrainingMiddleware(refusing, max_bytes=2500), chunks(1_000_000))
    assert (reads, sent[-1]["more_body"]) == (3, False)


def test_no_longer_than_so_many_seconds() -> None:
    async def never(before: int) -> Message:
        if before:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": CHUNK, "more_body": True}

    sent, reads = ask(DrainingMiddleware(refusing, max_seconds=0.05), never)
    assert (reads, sent[-1]["more_body"]) == (2, False)


def test_a_caller_who_leaves_is_not_waited_for() -> None:
    async def gone(_: int) -> Message:
        return {"type": "http.disconnect"}

    sent, reads = ask(DrainingMiddleware(refusing), gone)
    assert (reads, sent[-1]["more_body"]) == (1, False)


@pytest.mark.parametrize("count", [1, 7])
def test_a_caller_who_asks_first_is_not_asked_to_send(count: int) -> None:
    sent, reads = ask(DrainingMiddleware(refusing), chunks(count), ((b"expect", b"100-continue"),))
    assert (reads, len(sent)) == (0, 2)
