"""Connections to hosts: the address that is dialled is the one that was checked, and all of it ends at one deadline."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Final, TypeAlias

from functions.common.addresses import Address, Reach, is_permitted
from functions.common.deadline import Deadline
from functions.common.errors import UrlBlocked
from functions.common.urls import NOT_ALLOWED, Url

Resolver: TypeAlias = Callable[[str, int], Sequence[Address]]
"""All addresses of a host name, to be dialled at a port; none if there is no such name. Raises OSError."""
Connector: TypeAlias = Callable[[Address, int, float], socket.socket]
"""A connection to an address and port, within a number of seconds. Raises OSError."""

# The system's resolver cannot be interrupted: a lookup that was given up on runs on for a while. At most this many do.
_MAX_LOOKUPS: Final = 16
_MAX_ATTEMPTS: Final = 4
# How many pieces an answer may come in. An honest one needs far fewer: packets carry over a thousand bytes, lines of
# headers dozens, and the lines between chunks are far apart.
_FREE_STEPS: Final = 8192
_BYTES_PER_STEP: Final = 256


def look_up(host: str, port: int) -> list[Address]:
    """The system's resolver."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in {socket.EAI_NONAME, socket.EAI_NODATA}:
            return []
        raise
    except UnicodeError:
        return []
    return list(dict.fromkeys(ip_address(str(sockaddr[0])) for *_, sockaddr in answers))


def connect(address: Address, port: int, timeout_seconds: float) -> socket.socket:
    """A TCP connection."""
    return socket.create_connection((str(address), port), timeout_seconds)


@dataclass(frozen=True, slots=True)
class Network:
    """How names become addresses, and addresses connections."""

    resolve: Resolver = look_up
    connect: Connector = connect
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    _lookups: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_MAX_LOOKUPS, "resolve"))

    def dial(self, url: Url, reach: Reach, deadline: Deadline) -> socket.socket:
        """A connection to the host of `url`, over TLS for https, once every address it has is known to be permitted.

        The certificate is checked for the name. Raises UrlBlocked, TimeoutError, OSError (ssl.SSLError for TLS).
        """
        addresses = self._permitted(url, reach, deadline)
        plain = self._connected(addresses[:_MAX_ATTEMPTS], url.port, deadline)
        if url.scheme == "http":
            return plain
        try:
            plain.settimeout(deadline.remaining())
            return self.tls.wrap_socket(plain, server_hostname=url.host)
        except BaseException:
            plain.close()
            raise

    def _permitted(self, url: Url, reach: Reach, deadline: Deadline) -> Sequence[Address]:
        if url.address is not None:
            addresses: Sequence[Address] = [url.address]
        else:
            addresses = deadline.wait(self._lookups, partial(self.resolve, url.host, url.port))
        # A name without addresses is answered as one with forbidden ones: the difference would tell of private names.
        if not addresses or not all(is_permitted(address, reach) for address in addresses):
            raise UrlBlocked(NOT_ALLOWED)
        return addresses

    def _connected(self, addresses: Sequence[Address], port: int, deadline: Deadline) -> socket.socket:
        failure: OSError | None = None
        for tried, address in enumerate(addresses):
            # An address that swallows packets leaves the others their share of the time.
            share = deadline.remaining() / (len(addresses) - tried)
            try:
                return self.connect(address, port, share)
            except OSError as error:
                failure = error
        assert failure is not None  # noqa: S101 - there is at least one address
        raise failure


class DeadlineReader(io.RawIOBase):
    """What arrives on a connection, until the deadline: each wait is only as long as what is left of the whole.

    Nor may it arrive in too many pieces: a host that sends single bytes as fast as it can would keep a core busy until
    the deadline.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._received = self._steps = 0

    def readable(self) -> bool:
        """As io.RawIOBase."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what BufferedReader passes
        """As io.RawIOBase. Raises TimeoutError, ConnectionAbortedError."""
        self.step()
        self._connection.settimeout(self._deadline.remaining())
        received = self._connection.recv_into(buffer)
        self._received += received
        return received

    def step(self) -> None:
        """Counts one piece, a packet or a line. Raises ConnectionAbortedError for too many small ones."""
        self._steps += 1
        if self._steps > _FREE_STEPS + self._received // _BYTES_PER_STEP:
            raise ConnectionAbortedError("the host sends in pieces of a few bytes")

    def shorten(self, seconds: float) -> None:
        """Brings the deadline forward to so many seconds from now, if that is earlier."""
        self._deadline = Deadline.after(seconds).earlier(self._deadline)
