"""Reading on after an early answer: whoever still writes when the connection is closed loses the answer to a reset."""

from __future__ import annotations

from typing import Final

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BYTES: Final = 64_000_000
MAX_SECONDS: Final = 5.0


class DrainingMiddleware:
    """Sends an answer at once, and ends it when the request has been read to its end, `max_bytes` or `max_seconds`.

    For a server that clients reach themselves. RFC 9112, 9.6, has why a server should read on; the bounds are there
    because a client may never come to an end.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        # A client that asks before it sends the body (Expect: 100-continue) reads the answer first anyway.
        if scope["type"] != "http" or "expect" in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        unread, held = True, False

        async def read() -> Message:
            nonlocal unread
            message = await receive()
            unread = message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            nonlocal held
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            held = is_last and unread
            await send({**message, "more_body": True} if held else message)

        await self._app(scope, read, answer)
        if held:
            left = self._max_bytes
            with anyio.move_on_after(self._max_seconds):
                while unread and left > 0:
                    left -= len((await read()).get("body", b""))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
