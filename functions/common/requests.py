"""A request's head and body, before anything is parsed."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request

from functions.common.errors import MalformedHeader, PayloadTooLarge, UnsupportedMediaType

_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[^:]*))?")
_PORT: Final = re.compile(r"[0-9]{1,5}")


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body. Raises PayloadTooLarge as soon as it is known to be over, UnsupportedMediaType if compressed."""
    if not _codings(request.headers) <= {"", "identity"}:
        raise UnsupportedMediaType("compressed bodies are not accepted; send the body uncompressed")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > max_bytes:
        raise _too_large(max_bytes, int(declared))
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes, size)
        chunks.append(chunk)
    return b"".join(chunks)


def check_host(host: str) -> None:
    """Raises MalformedHeader unless `host` is a Host header's value."""
    parts = _HOST.fullmatch(host)
    if parts is None or not (parts["port"] is None or _is_port(parts["port"])):
        raise MalformedHeader("the Host header must be a host name or address, with an optional port")


def check_port(port: str) -> None:
    """Raises MalformedHeader unless `port` is an X-Forwarded-Port header's value."""
    if not _is_port(port):
        raise MalformedHeader("the X-Forwarded-Port header must be a port number")


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and int(text) <= 65_535


def media_type(headers: Headers) -> str:
    """The content type without its parameters, in lower case; empty if there is none.

    Several headers are joined into what is no type at all: a proxy in front may have gone by any one of them.
    """
    kinds = {value.partition(";")[0].strip().lower() for value in headers.getlist("content-type")}
    return ",".join(sorted(kinds))


def _codings(headers: Headers) -> set[str]:
    return {coding.strip().lower() for value in headers.getlist("content-encoding") for coding in value.split(",")}


def _too_large(limit: int, actual: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"the body has at least {actual} bytes; the limit is {limit}", limit=limit, actual=actual)
