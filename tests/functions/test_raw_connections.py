"""The local server with what no HTTP client sends: bytes on a socket, each case between two good requests."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from functions.common.draining import DrainingMiddleware
from tests.functions.calls import Answer, Call, between_good_requests, check_problem

WAIT_SECONDS = 60.0


class Server(uvicorn.Server):
    """On a free port of this machine, in a thread."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(DrainingMiddleware(app), lifespan="off", log_level="warning"))
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.run, kwargs={"sockets": [self.listening]})

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.listening.getsockname(), WAIT_SECONDS)
        connection.settimeout(WAIT_SECONDS)
        return connection

    def exchange(self, sent: bytes) -> bytes:
        """All that is answered before the server closes the connection."""
        with self.connect() as connection:
            connection.sendall(sent)
            received = b""
            while piece := connection.recv(65536):
                received += piece
            return received

    def send(self, call: Call) -> Answer:
        """The call, over a connection of its own."""
        head, _, body = self.exchange(request(call.body, b"Content-Length: %d\r\n" % len(call.body))).partition(
            b"\r\n\r\n"
        )
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return Answer(int(lines[0].split()[1]), headers, body)


@pytest.fixture(scope="module")
def server(app: FastAPI) -> Iterator[Server]:
    running = Server(app)
    running.thread.start()
    yield running
    running.should_exit = True
    running.thread.join()
    running.listening.close()


def request(body: bytes, *headers: bytes, path: bytes = b"/detect") -> bytes:
    head = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n" % path
    return head + b"".join(headers) + b"\r\n" + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


CHUNKED = b"Transfer-Encoding: chunked\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: a\r\n"
REFUSED = {
    "chunk of no size": request(b"zz\r\nabc\r\n", CHUNKED),
    "chunk of negative size": request(b"-1\r\nabc\r\n", CHUNKED),
    "chunk longer than it says": request(b"3\r\nabcd\r\n", CHUNKED),
    "chunked and compressed": request(b"", b"Transfer-Encoding: gzip, chunked\r\n"),
    "length of no number": request(b"{}", b"Content-Length: two\r\n"),
    "negative length": request(b"{}", b"Content-Length: -2\r\n"),
    "two lengths": request(b"{}", b"Content-Length: 2\r\nContent-Length: 1\r\n"),
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": HEALTH + b"Host: b\r\n\r\n",
    "host that is none": b"GET /health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    "HTTP 0.9": b"GET /health\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(300),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "path of other bytes": b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    "space before a colon": b"GET /health HTTP/1.1\r\nHost : a\r\n\r\n",
    "NUL in a header": HEALTH + b"X: \0\r\n\r\n",
    "a method with a control character": b"GE\x07T /health HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_http_is_a_400(name: str, server: Server, good_call: Call) -> None:
    answer = between_good_requests(server.send, good_call, lambda: Answer(0, {}, server.exchange(REFUSED[name])))
    assert answer.body.startswith(b"HTTP/1.1 400 ")


def test_two_content_types_are_none(server: Server, good_call: Call) -> None:
    both = request(good_call.body, b"Content-Type: image/png\r\nContent-Length: %d\r\n" % len(good_call.body))
    assert server.exchange(both).startswith(b"HTTP/1.1 415 ")


def test_a_body_in_chunks(server: Server, good_call: Call) -> None:
    """Byte by byte, with an extension and a trailer, which mean nothing here."""
    whole = server.send(good_call)
    pieces = chunked(*(bytes([byte]) for byte in good_call.body), end=b"0;a=b\r\nX-Trailer: 1\r\n\r\n")
    received = server.exchange(request(pieces, CHUNKED))
    assert Answer(200, {}, received.partition(b"\r\n\r\n")[2]).scores == whole.scores != []


def test_a_body_that_is_announced_too_large_is_not_waited_for(server: Server) -> None:
    """Nor asked for, where the caller waits to be asked."""
    for expectation in (b"", b"Expect: 100-continue\r\n"):
        with server.connect() as connection:
            connection.sendall(request(b"{", b"Content-Length: 99999999\r\n", expectation))
            received = connection.recv(65536)
        assert received.startswith(b"HTTP/1.1 413 ")


def test_a_caller_who_reads_only_when_all_is_written_gets_the_refusal(server: Server, good_call: Call) -> None:
    """As Python's urllib does. Closed in the middle of it, the connection would be reset and the answer lost."""
    answer = between_good_requests(server.send, good_call, lambda: server.send(Call(body=bytes(20_000_000))))
    check_problem(answer, 413, "payload_too_large")


def test_requests_in_a_row_are_answered_in_a_row(server: Server, good_call: Call) -> None:
    """A bad one in the middle changes nothing for its neighbours."""
    length = b"Content-Length: %d\r\n\r\n"
    head = b"POST /detect HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    good = head + length % len(good_call.body) + good_call.body
    received = server.exchange(good + head + length % 2 + b"{]" + good + HEALTH + b"Connection: close\r\n\r\n")
    statuses = [part.split()[0] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"400", b"200", b"200"]
    bodies = [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert json.loads(bodies[0])["attributes"] == json.loads(bodies[2])["attributes"]


def test_a_head_without_a_body(server: Server) -> None:
    received = server.exchange(b"HEAD /detect HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 405 ")
    assert received.endswith(b"\r\n\r\n")


def test_callers_who_take_their_time_hold_up_nobody(
    server: Server, good_call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    """100 that stop within their head and 100 within their body; that they break off in the end is no fault of ours."""
    before = server.send(good_call)
    slow = [server.connect() for _ in range(200)]
    for number, connection in enumerate(slow):
        connection.sendall(request(b"{", b"Content-Length: 5000\r\n") if number % 2 else HEALTH)
    beside = server.send(good_call)
    for connection in slow:
        connection.close()
    after = server.send(good_call)
    assert before.scores == beside.scores == after.scores != []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_the_answer_is_that_of_the_app(server: Server) -> None:
    answer = server.send(Call(body=b'{"a": 1}'))
    assert check_problem(answer, 422, "invalid_request")["pointer"] == ""


def test_callers_that_leave_take_no_place_with_them(server: Server, good_call: Call) -> None:
    """More of them than there are places, while they send and while they wait."""
    whole = request(good_call.body, b"Content-Length: %d\r\n" % len(good_call.body))
    before = server.send(good_call)
    for sent in [whole, whole[:-100]] * 20:
        with server.connect() as connection:
            connection.sendall(sent)
    deadline = time.monotonic() + WAIT_SECONDS
    while (after := server.send(good_call)).status == 503:
        assert time.monotonic() < deadline
    assert after.scores == before.scores != []
