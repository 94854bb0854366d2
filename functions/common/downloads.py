"""Pictures by URL: the only HTTP client here. Every hop is checked anew, and everything about it has a limit."""

from __future__ import annotations

import io
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Final, cast

from functions.common.connections import DeadlineReader, Network
from functions.common.containers import is_picture
from functions.common.deadline import Deadline
from functions.common.errors import DownloadTooLarge, FetchFailed, UrlBlocked, UrlScheme
from functions.common.fetching import FetchLimits
from functions.common.urls import AllowedHosts, Url, parse

MAX_REDIRECTS: Final = 3

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_BUFFER_BYTES: Final = 1 << 16
_SIGNATURE_BYTES: Final = 16
# What S3 and many servers call any file.
_ANY_BYTES: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
# How long to wait for a server to close the connection, as it is asked to, or to send more than it announced.
_END_WAIT_SECONDS: Final = 0.1

_BAD_REDIRECT: Final = (
    f"the URL redirects to a scheme or host that this deployment does not allow, or more than {MAX_REDIRECTS} times"
)


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches pictures from allowed hosts. Safe to share between threads."""

    allowed: AllowedHosts
    limits: FetchLimits
    network: Network = field(default_factory=Network)

    def check(self, text: str) -> Url:
        """`text` as a URL on an allowed host, as far as the text tells. Raises UrlScheme, UrlBlocked."""
        url = parse(text)
        self.allowed.reach(url)
        return url

    def fetch(self, url: Url, latest: Deadline | None = None) -> bytes:
        """The bytes at `url`, before the time limit and `latest` have passed.

        Raises UrlScheme, UrlBlocked, FetchTimeout, FetchFailed, DownloadTooLarge.
        """
        try:
            return self._follow(url, self.limits.deadline(latest))
        except TimeoutError as error:
            raise self.limits.timeout() from error
        except ssl.SSLError as error:
            raise FetchFailed("no trusted TLS connection to the picture's host could be made") from error
        except OSError as error:
            raise FetchFailed("the picture's host could not be reached, or closed the connection") from error
        except HTTPException as error:
            raise FetchFailed("the picture's host did not send a complete HTTP response") from error

    def _follow(self, url: Url, deadline: Deadline) -> bytes:
        for hop in range(MAX_REDIRECTS + 1):
            connection = self.network.dial(url, self.allowed.reach(url), deadline)
            with closing(connection):
                answer = _ask(connection, url, deadline)
                with closing(HTTPResponse(cast("socket.socket", answer), method="GET")) as response:
                    response.begin()
                    if response.status not in _REDIRECTS:
                        return self._picture(response, answer)
                    if hop == MAX_REDIRECTS:
                        break
                    url = self._next(url, response)
        raise UrlBlocked(_BAD_REDIRECT)

    def _next(self, url: Url, response: HTTPResponse) -> Url:
        location = response.headers.get_all("location") or []
        if len(location) != 1:
            raise _answered(response, "a redirect without exactly one Location")
        try:
            # http.client reads header bytes as Latin-1; where they are not ASCII they are meant as UTF-8.
            following = url.joined(location[0].encode("latin-1").decode("utf-8"))
            self.allowed.reach(following)
        except (UrlScheme, UrlBlocked, UnicodeError) as error:
            raise UrlBlocked(_BAD_REDIRECT) from error
        if url.scheme == "https" and following.scheme != "https":
            raise UrlBlocked(_BAD_REDIRECT)
        return following

    def _picture(self, response: HTTPResponse, answer: _Reader) -> bytes:
        _check_headers(response)
        declared = _declared_length(response)
        if declared is not None:
            self.limits.check_size(declared)
        data = self.limits.collect(response.read1)
        if declared is not None and len(data) < declared:
            raise _answered(response, "fewer bytes than it announced")
        if declared is not None and answer.goes_on():
            raise DownloadTooLarge(
                f"the picture's host sent more than the {declared} bytes it announced", limit=declared
            )
        if not is_picture(data[:_SIGNATURE_BYTES]):
            raise _answered(response, "something that is not a picture")
        return data


class _Reader(io.BufferedReader):
    """An answer as it arrives. Stays open when HTTPResponse closes it at the body's end, to see what follows."""

    def __init__(self, source: DeadlineReader) -> None:
        super().__init__(source, _BUFFER_BYTES)
        self._source = source

    def makefile(self, mode: str) -> _Reader:  # noqa: ARG002 - always "rb"
        """As much of a socket as HTTPResponse asks for."""
        return self

    def readline(self, size: int | None = -1, /) -> bytes:
        """As io.BufferedReader, for the lines of the head, before each chunk and behind the last; any may be endless.

        Raises ConnectionAbortedError.
        """
        self._source.step()
        return super().readline(size)

    def close(self) -> None:
        """Nothing: the connection is closed by who opened it."""

    def goes_on(self) -> bool:
        """Whether more follows at once."""
        self._source.shorten(_END_WAIT_SECONDS)
        try:
            return bool(self.read1(1))
        except OSError:
            return False


def _ask(connection: socket.socket, url: Url, deadline: Deadline) -> _Reader:
    request = (
        f"GET {url.target} HTTP/1.1\r\nHost: {url.authority}\r\nUser-Agent: imajin\r\n"
        "Accept: image/jpeg, image/png, image/webp\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    connection.settimeout(deadline.remaining())
    connection.sendall(request.encode("ascii"))
    return _Reader(DeadlineReader(connection, deadline))


def _declared_length(response: HTTPResponse) -> int | None:
    """The Content-Length, unless the body is chunked. Raises FetchFailed where it is no number, or more than one."""
    lengths = {length.strip() for length in response.headers.get_all("content-length", [])}
    if response.chunked or not lengths:
        return None
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdecimal() and len(length) < 20):
        raise _answered(response, "an invalid Content-Length")
    return int(length)


def _check_headers(response: HTTPResponse) -> None:
    if response.status != _OK:
        raise _answered(response, f"status {response.status}")
    if _codings(response, "content-encoding") - {"identity"} or _codings(response, "transfer-encoding") - {"chunked"}:
        raise _answered(response, "encoded bytes, although asked for plain ones")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind not in _ANY_BYTES:
        raise _answered(response, "a content type that is not a picture's")


def _codings(response: HTTPResponse, header: str) -> set[str]:
    values = ",".join(response.headers.get_all(header, []))
    return {coding.strip().lower() for coding in values.split(",")} - {""}


def _answered(response: HTTPResponse, what: str) -> FetchFailed:
    return FetchFailed(f"the picture's host answered with {what}", upstream_status=response.status)
