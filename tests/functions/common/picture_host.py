"""A host of pictures on loopback that answers byte for byte as it is told, and the network that leads to it."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, TypeAlias, cast

from functions.common.addresses import Address
from functions.common.connections import Network
from tests.functions.pictures import png

Answer: TypeAlias = bytes | Callable[["PictureHost"], Iterable[bytes]]
"""All that is sent for one request; in pieces where that matters."""

PICTURE = png()
# A public address each; nothing is ever sent there.
PUBLIC, OTHER, V6 = "93.184.216.34", "151.101.1.69", "2606:2800:220:1::1"


def http(body: bytes = PICTURE, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """A whole answer."""
    framing = [f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    lines = [f"HTTP/1.1 {status}", *headers, *framing, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def image(body: bytes = PICTURE) -> bytes:
    """A picture as hosts send it."""
    return http(body, "200 OK", "Content-Type: image/png")


def redirect(location: str, status: str = "302 Found") -> bytes:
    return http(b"", status, f"Location: {location}")


class PictureHost(socketserver.ThreadingTCPServer):
    """Gives each request the answer to its target, then closes the connection."""

    request_queue_size = 128

    def __init__(self, answers: Mapping[str, Answer], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.tls = tls
        self.requests: list[bytes] = []
        self.closing = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def pause(self, seconds: float) -> bool:
        """Waits; true if the test is over."""
        return self.closing.wait(seconds)

    def drip(self, data: bytes) -> Iterator[bytes]:
        """Byte by byte, for 8 seconds in all: longer than tests allow, and each wait much shorter."""
        for byte in data:
            if self.pause(8 / len(data)):
                return
            yield bytes([byte])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients break off; that is what the tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        host = cast("PictureHost", self.server)
        connection: socket.socket = self.request
        if host.tls is not None:
            connection = host.tls.wrap_socket(connection, server_side=True)
        with connection:
            connection.settimeout(30)
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65536)
                if not received:
                    return
                head += received
            host.requests.append(head)
            answer = host.answers[head.split()[1].decode()]
            for piece in [answer] if isinstance(answer, bytes) else answer(host):
                connection.sendall(piece)


@contextlib.contextmanager
def serving(answers: Mapping[str, Answer], tls: ssl.SSLContext | None = None) -> Iterator[PictureHost]:
    with PictureHost(answers, tls) as host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.005})
        thread.start()
        try:
            yield host
        finally:
            host.closing.set()
            host.shutdown()
            thread.join()


@dataclass
class FakeInternet:
    """Names with addresses, and addresses that lead to ports on loopback; remembers what was looked up and dialled."""

    names: Mapping[str, Sequence[str] | Iterator[Sequence[str]]]
    """The addresses of a name, or those of each time it is asked for."""
    ports: Mapping[str, int] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[Address]:  # noqa: ARG002 - as Resolver
        self.looked_up.append(host)
        answer = self.names.get(host, ())
        return [ip_address(text) for text in (answer if isinstance(answer, Sequence) else next(answer))]

    def connect(self, address: Address, port: int, timeout_seconds: float) -> socket.socket:
        self.dialled.append((str(address), port))
        if str(address) not in self.ports:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self.ports[str(address)]), timeout_seconds)

    def network(self, tls: ssl.SSLContext) -> Network:
        return Network(resolve=self.resolve, connect=self.connect, tls=tls)
