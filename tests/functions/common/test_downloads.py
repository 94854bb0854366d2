"""The guarded client against hosts on loopback that behave in every bad way, and a network that is made up."""

import contextlib
import gc
import gzip
import itertools
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import pytest
import trustme

from functions.common.addresses import Address
from functions.common.connections import Network
from functions.common.deadline import Deadline
from functions.common.downloads import Downloader
from functions.common.errors import FetchFailed, FetchTimeout, ServiceError, UrlBlocked
from functions.common.fetching import FetchLimits
from functions.common.problems import problem
from functions.common.urls import parse_allowed
from tests.functions.common.certificates import client_context, server_context
from tests.functions.common.picture_host import (
    OTHER,
    PICTURE,
    PUBLIC,
    V6,
    Answer,
    FakeInternet,
    PictureHost,
    http,
    image,
    redirect,
    serving,
)
from tests.functions.common.url_cases import LISTED, NAMES, URL_CASES, UrlCase
from tests.functions.pictures import encoded, plain

LIMITS = FetchLimits(timeout_seconds=30, max_bytes=4096)
HASTY = FetchLimits(timeout_seconds=0.25, max_bytes=4096)
URL = "https://pictures.example/a.png"

BLOCKED = (403, "url_blocked")
TOO_LARGE = (413, "download_too_large")
FAILED = (422, "fetch_failed")
TIMEOUT = (422, "fetch_timeout")

Serve: TypeAlias = Callable[..., tuple[Downloader, FakeInternet, PictureHost]]


def downloader(network: Network, allowed: str = "*", limits: FetchLimits = LIMITS) -> Downloader:
    return Downloader(parse_allowed(allowed.split(",")), limits, network)


def fetched(client: Downloader, url: str = URL) -> bytes:
    return client.fetch(client.check(url))


def refusal(client: Downloader, url: str = URL) -> dict[str, Any]:
    """The problem that fetching ends in."""
    with pytest.raises(ServiceError) as caught:
        fetched(client, url)
    return problem(caught.value, "id").model_dump(exclude_none=True)


def outcome(client: Downloader, url: str = URL) -> tuple[int, str]:
    found = refusal(client, url)
    return found["status"], found["code"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a host over TLS that every address leads to, with a client that trusts it."""
    with contextlib.ExitStack() as stack:

        def start(
            answers: Answer | dict[str, Answer], allowed: str = "*", limits: FetchLimits = LIMITS
        ) -> tuple[Downloader, FakeInternet, PictureHost]:
            paths = answers if isinstance(answers, dict) else {"/a.png": answers}
            host = stack.enter_context(serving(paths, server_context()))
            names = dict(NAMES) | {"other.example": [OTHER]}
            internet = FakeInternet(names, dict.fromkeys((PUBLIC, OTHER, V6), host.port))
            return downloader(internet.network(client_context()), allowed, limits), internet, host

        yield start


# What may not be fetched


@pytest.mark.parametrize("case", URL_CASES, ids=lambda case: ascii(case.url[:80]))
def test_a_refused_url_is_never_dialled(case: UrlCase) -> None:
    internet = FakeInternet(NAMES)
    found = refusal(downloader(internet.network(client_context()), LISTED), case.url)
    assert (found["status"], found["code"]) == case.expected
    assert internet.dialled == []


def test_cases_are_distinct() -> None:
    assert len({case.url for case in URL_CASES}) == len(URL_CASES)


def test_a_blocked_url_says_nothing_of_the_network() -> None:
    """An open port, a closed one, no such name, a name off the list: the same problem, word for word."""
    with serving({"/": image()}) as host, socket.create_server(("127.0.0.1", 0)) as closed:
        closed_port = closed.getsockname()[1]
        closed.close()
        names = {name: ["127.0.0.1"] for name in ("open.example", "closed.example")} | {"both.example": [PUBLIC, "::1"]}
        ports = [f"{name}:{port}" for name in names for port in (host.port, closed_port)]
        client = downloader(FakeInternet(names).network(client_context()), ",".join([*ports, "none.example"]))
        urls = [*(f"https://{entry}/" for entry in ports), "https://none.example/", "https://off-list.example/"]
        problems = [refusal(client, url) for url in urls]
    assert all(found == problems[0] for found in problems)
    assert problems[0]["code"] == "url_blocked"
    assert not any(character.isdecimal() for character in problems[0]["detail"])
    assert host.requests == []


# What may


def test_a_picture(serve: Serve) -> None:
    client, internet, host = serve({"/a%C3%A4.png?size=1": image()})
    assert fetched(client, "https://Pictures.example/a\u00e4.png?size=1#top") == PICTURE
    assert internet.dialled == [(PUBLIC, 443)]
    lines = [
        "GET /a%C3%A4.png?size=1 HTTP/1.1",
        "Host: pictures.example",
        "User-Agent: imajin",
        "Accept: image/jpeg, image/png, image/webp",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    assert host.requests == [("\r\n".join(lines) + "\r\n\r\n").encode()]


@pytest.mark.parametrize("url", [f"https://{PUBLIC}/a.png", f"https://[{V6}]/a.png", "https://both.example/a.png"])
def test_addresses_as_hosts_and_several_addresses(serve: Serve, url: str) -> None:
    client, _, _ = serve(image())
    if url == "https://both.example/a.png":
        assert outcome(client, url) == FAILED  # the certificate is not for that name
    else:
        assert fetched(client, url) == PICTURE


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", headers: bytes = b"") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + b"\r\n" + body + end


@pytest.mark.parametrize(
    "answer",
    [
        http(PICTURE),
        http(PICTURE, "200 OK", "Content-Type: application/octet-stream"),
        http(PICTURE, "200 OK", "Content-Type: binary/octet-stream; charset=utf-8"),
        http(PICTURE, "200 OK", "Content-Type: IMAGE/PNG"),
        http(PICTURE, "200 OK", "Content-Encoding: identity"),
        http(PICTURE, "200 OK", f"Content-Length: {len(PICTURE)}"),
        b"HTTP/1.0 200 OK\r\n\r\n" + PICTURE,
        b"HTTP/1.1 200 \r\nContent-Type: image/png\r\n\r\n" + PICTURE,
        b"HTTP/1.1 100 Continue\r\n\r\n" + image(),
        chunked(PICTURE),
        chunked(*(bytes([byte]) for byte in PICTURE)),
        chunked(PICTURE, end=b"0\r\nX-Trailer: 1\r\n\r\n"),
        lambda _: (bytes([byte]) for byte in image()),
    ],
)
def test_ways_to_send_a_picture(serve: Serve, answer: Answer) -> None:
    client, _, _ = serve(answer)
    assert fetched(client) == PICTURE


def test_a_host_that_keeps_the_connection_open(serve: Serve) -> None:
    def lingering(host: PictureHost) -> Iterable[bytes]:
        yield image()
        host.pause(30)

    client, _, host = serve(lingering)
    assert fetched(client) == PICTURE
    host.closing.set()


def test_exactly_the_limit(serve: Serve) -> None:
    for size, length in itertools.product((4095, 4096), (True, False)):
        body = PICTURE.ljust(size, b"\0")
        client, _, _ = serve(http(body) if length else b"HTTP/1.1 200 OK\r\n\r\n" + body)
        assert fetched(client) == body


def test_a_picture_of_another_format_is_for_the_decoder_to_refuse(serve: Serve) -> None:
    gif = encoded(plain((1, 2, 3)), "GIF")
    client, _, _ = serve(http(gif, "200 OK", "Content-Type: image/gif"))
    assert fetched(client) == gif


# Names and addresses


def test_the_address_that_was_checked_is_the_one_that_is_dialled(serve: Serve) -> None:
    """DNS rebinding: a second lookup would lead to this machine, so there must be none."""
    _, internet, host = serve(image())
    rebinding = FakeInternet({"pictures.example": iter([[PUBLIC], ["127.0.0.1"]])}, internet.ports)
    client = downloader(rebinding.network(client_context()))
    assert fetched(client) == PICTURE
    assert rebinding.looked_up == ["pictures.example"]
    assert rebinding.dialled == [(PUBLIC, 443)]
    assert outcome(client) == BLOCKED
    assert rebinding.dialled == [(PUBLIC, 443)]
    assert len(host.requests) == 1


def test_an_address_that_does_not_answer_is_followed_by_the_next(serve: Serve) -> None:
    _, internet, _ = serve(image())
    several = FakeInternet({"pictures.example": [OTHER, V6, PUBLIC]}, {PUBLIC: internet.ports[PUBLIC]})
    assert fetched(downloader(several.network(client_context()))) == PICTURE
    assert several.dialled == [(OTHER, 443), (V6, 443), (PUBLIC, 443)]


def test_only_so_many_addresses_are_tried() -> None:
    internet = FakeInternet({"pictures.example": [f"93.184.216.{last}" for last in range(1, 100)]})
    assert outcome(downloader(internet.network(client_context()))) == FAILED
    assert len(internet.dialled) == 4


def test_a_resolver_that_fails() -> None:
    def failing(*_: object) -> list[Address]:
        raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")

    assert outcome(downloader(Network(resolve=failing, tls=client_context()))) == FAILED


def test_a_host_named_with_its_scheme_may_be_on_this_machine() -> None:
    """With the real resolver and real connections."""
    with serving({"/a.png": image()}) as plain_host, serving({"/a.png": image()}, server_context()) as tls_host:
        origins = [
            *(f"http://{name}:{plain_host.port}" for name in ("127.0.0.1", "localhost")),
            *(f"https://{name}:{tls_host.port}" for name in ("127.0.0.1", "localhost")),
        ]
        client = downloader(Network(tls=client_context()), ",".join(origins))
        assert [fetched(client, f"{origin}/a.png") for origin in origins] == [PICTURE] * 4
        assert outcome(client, f"https://127.0.0.1:{plain_host.port}/a.png") == BLOCKED
        assert outcome(client, f"http://127.0.0.1:{tls_host.port}/a.png") == BLOCKED


def test_a_name_that_does_not_exist() -> None:
    """With the real resolver, whether or not there is a network."""
    status, code = outcome(downloader(Network(tls=client_context())), "https://nowhere.invalid/a.png")
    assert (status, code) in {BLOCKED, FAILED}


# TLS


@pytest.mark.parametrize(
    "context",
    [
        lambda: server_context(issuer=trustme.CA()),
        lambda: server_context("wrong.example"),
        lambda: server_context(expired=True),
    ],
    ids=["unknown authority", "another name", "expired"],
)
def test_a_certificate_that_is_not_right(context: Callable[[], ssl.SSLContext]) -> None:
    with serving({"/a.png": image()}, context()) as host:
        internet = FakeInternet({"pictures.example": [PUBLIC]}, {PUBLIC: host.port})
        found = refusal(downloader(internet.network(client_context())))
    assert (found["status"], found["code"]) == FAILED
    assert "TLS" in found["detail"]
    assert host.requests == []


def test_a_host_that_speaks_no_tls() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(image())
        internet = FakeInternet({"pictures.example": [PUBLIC]})
        network = Network(resolve=internet.resolve, connect=lambda *_: ours, tls=client_context())
        assert "TLS" in refusal(downloader(network))["detail"]


def test_the_systems_authorities_are_the_default() -> None:
    with serving({"/a.png": image()}, server_context()) as host:
        internet = FakeInternet({"pictures.example": [PUBLIC]}, {PUBLIC: host.port})
        assert outcome(downloader(Network(resolve=internet.resolve, connect=internet.connect))) == FAILED


# Redirects


def chain(length: int) -> dict[str, Answer]:
    hops: dict[str, Answer] = {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(length)}
    return hops | {f"/{length}": image()}


@pytest.mark.parametrize("hops", [0, 1, 2, 3])
def test_redirects_are_followed(serve: Serve, hops: int) -> None:
    client, internet, _ = serve(chain(hops))
    assert fetched(client, "https://pictures.example/0") == PICTURE
    assert internet.looked_up == ["pictures.example"] * (hops + 1)


def test_the_fourth_is_not(serve: Serve) -> None:
    client, _, host = serve(chain(4))
    assert outcome(client, "https://pictures.example/0") == BLOCKED
    assert len(host.requests) == 4


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("location", ["https://other.example/b.png", "//other.example/b.png", "/b.png", "b.png"])
def test_redirects_to_another_place(serve: Serve, status: str, location: str) -> None:
    client, internet, _ = serve({"/a.png": redirect(location, status), "/b.png": image()})
    assert fetched(client) == PICTURE
    assert internet.dialled == [(PUBLIC, 443), (OTHER if "other" in location else PUBLIC, 443)]


def test_a_location_in_utf8(serve: Serve) -> None:
    client, _, _ = serve({"/a.png": redirect("/\u00e4.png".encode().decode("latin-1")), "/%C3%A4.png": image()})
    assert fetched(client) == PICTURE


# A header's value begins and ends without spaces and has no line breaks; without a scheme it is a path.
LOCATIONS = [
    case.url
    for case in URL_CASES
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", case.url) and case.url == case.url.strip() and not {*"\r\n"} & {*case.url}
]


@pytest.mark.parametrize("location", LOCATIONS, ids=lambda location: ascii(location[:80]))
def test_a_redirect_to_what_may_not_be_fetched(serve: Serve, location: str) -> None:
    """Scheme, host, address or form: whatever is wrong with it, the answer is the same 403."""
    client, internet, _ = serve(redirect(location.encode().decode("latin-1")), LISTED)
    assert outcome(client) == BLOCKED
    assert internet.dialled == [(PUBLIC, 443)]


def test_a_redirect_is_never_a_downgrade(serve: Serve) -> None:
    with serving({"/b.png": image()}) as plain_host:
        origin = f"http://127.0.0.1:{plain_host.port}"
        _, internet, _ = serve(redirect(f"{origin}/b.png"))
        reachable = FakeInternet(NAMES, {**internet.ports, "127.0.0.1": plain_host.port})
        client = downloader(reachable.network(client_context()), f"pictures.example,{origin}")
        assert fetched(client, f"{origin}/b.png") == PICTURE
        assert outcome(client) == BLOCKED
    assert len(plain_host.requests) == 1


def test_a_redirect_off_the_list(serve: Serve) -> None:
    client, internet, _ = serve(
        {"/a.png": redirect("https://other.example/b.png"), "/b.png": image()}, "pictures.example"
    )
    assert outcome(client) == BLOCKED
    assert internet.dialled == [(PUBLIC, 443)]


def test_a_redirect_over_plain_http_off_the_list() -> None:
    with serving({"/a.png": redirect("http://other.example/b.png")}) as plain_host:
        origin = f"http://127.0.0.1:{plain_host.port}"
        assert outcome(downloader(Network(tls=client_context()), f"*,{origin}"), f"{origin}/a.png") == BLOCKED


def test_a_redirect_to_a_name_that_has_moved_meanwhile(serve: Serve) -> None:
    _, internet, _ = serve({"/a.png": redirect("/b.png"), "/b.png": image()})
    moving = FakeInternet({"pictures.example": iter([[PUBLIC], ["169.254.169.254"]])}, internet.ports)
    assert outcome(downloader(moving.network(client_context()))) == BLOCKED
    assert moving.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", "302 Found"),
        http(b"", "302 Found", "Location: /b.png", "Location: /c.png"),
        http(b"", "300 Multiple Choices", "Location: /b.png"),
        http(b"", "304 Not Modified"),
    ],
)
def test_a_redirect_that_leads_nowhere(serve: Serve, answer: bytes) -> None:
    client, _, _ = serve(answer)
    found = refusal(client)
    assert (found["status"], found["code"]) == FAILED
    assert found["upstream_status"] == int(answer.split()[1])


def test_a_location_that_is_no_text(serve: Serve) -> None:
    client, _, _ = serve(redirect("/\xff\xfe.png"))
    assert outcome(client) == BLOCKED


# Size


def endless(_: PictureHost) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE
    yield from itertools.repeat(b"\0" * 65536, 1000)


def endless_chunks(_: PictureHost) -> Iterable[bytes]:
    yield chunked(PICTURE, end=b"")
    yield from itertools.repeat(b"ffff\r\n" + b"\0" * 65535 + b"\r\n", 1000)


def announced(length: int) -> Answer:
    """A body that would never come."""

    def answer(host: PictureHost) -> Iterable[bytes]:
        yield http(b"", length=length)
        host.pause(30)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        announced(4097),
        announced(10**18),
        http(PICTURE.ljust(4097)),
        b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE.ljust(4097),
        chunked(PICTURE, b"\0" * 4096),
        endless,
        endless_chunks,
        http(PICTURE + b"\0", length=len(PICTURE)),
        http(PICTURE + b"\0" * 100_000, length=len(PICTURE)),
        lambda _: [http(PICTURE, length=len(PICTURE)), b"HTTP/1.1 200 OK\r\n\r\n"],
        http(PICTURE, length=0),
    ],
    ids=itertools.count(),
)
def test_too_large_or_longer_than_announced(serve: Serve, answer: Answer) -> None:
    client, _, host = serve(answer)
    assert outcome(client) == TOO_LARGE
    host.closing.set()


def test_the_limit_and_the_size_are_named(serve: Serve) -> None:
    client, _, host = serve(announced(5_000_000))
    found = refusal(client)
    assert (found["limit"], found["actual"]) == (4096, 5_000_000)
    host.closing.set()


# Time


def every_byte(host: PictureHost) -> Iterable[bytes]:
    return host.drip(image())


def body_bytes(host: PictureHost) -> Iterable[bytes]:
    yield http(b"", length=len(PICTURE))
    yield from host.drip(PICTURE)


def chunk_bytes(host: PictureHost) -> Iterable[bytes]:
    yield chunked(end=b"")
    yield from host.drip(b"".join(b"1\r\n%c\r\n" % byte for byte in PICTURE) + b"0\r\n\r\n")


def continues(host: PictureHost) -> Iterable[bytes]:
    while not host.pause(0.01):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


def silence(host: PictureHost) -> Iterable[bytes]:
    host.pause(30)
    return ()


def half(host: PictureHost) -> Iterable[bytes]:
    yield image()[:-10]
    host.pause(30)


def slow_hops(host: PictureHost) -> Iterable[bytes]:
    host.pause(0.1)
    yield redirect("/a.png")


@pytest.mark.parametrize("answer", [every_byte, body_bytes, chunk_bytes, continues, silence, half, slow_hops])
def test_a_host_that_takes_its_time(serve: Serve, answer: Answer) -> None:
    """The limit is one for everything, so neither a byte now and then nor many quick steps stretch it."""
    client, _, host = serve(answer, limits=HASTY)
    found = refusal(client)
    assert (found["status"], found["code"], found["limit"]) == (*TIMEOUT, 0.25)
    host.closing.set()


def continues_at_once(_: PictureHost) -> Iterable[bytes]:
    yield from itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 1000)


def crumbs(_: PictureHost) -> Iterable[bytes]:
    yield chunked(PICTURE, end=b"")
    yield from itertools.repeat(b"1\r\n\0\r\n" * 1000, 1000)


def trailers(_: PictureHost) -> Iterable[bytes]:
    yield chunked(PICTURE, end=b"0\r\n")
    yield from itertools.repeat(b"a: b\r\n" * 1000, 1000)


def packets_of_a_byte(_: PictureHost) -> Iterable[bytes]:
    yield http(b"", length=len(PICTURE) + 1_000_000)
    yield PICTURE
    yield from itertools.repeat(b"\0", 1_000_000)


@pytest.mark.parametrize("answer", [continues_at_once, crumbs, trailers, packets_of_a_byte])
def test_a_host_that_keeps_the_processor_busy(serve: Serve, answer: Answer) -> None:
    """Long before it has sent too much or taken too long."""
    client, _, host = serve(answer, limits=FetchLimits(timeout_seconds=30, max_bytes=20_000_000))
    assert outcome(client) == FAILED
    host.closing.set()


def test_many_small_pieces_of_a_large_picture(serve: Serve) -> None:
    data = PICTURE.ljust(1_000_000)
    pieces = chunked(*(data[place : place + 500] for place in range(0, len(data), 500)))
    client, _, _ = serve(lambda _: iter([pieces]), limits=FetchLimits(timeout_seconds=30, max_bytes=20_000_000))
    assert fetched(client) == data


def test_a_host_that_never_shakes_hands() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        internet = FakeInternet({"pictures.example": [PUBLIC]}, {PUBLIC: mute.getsockname()[1]})
        assert outcome(downloader(internet.network(client_context()), limits=HASTY)) == TIMEOUT


def test_a_black_hole() -> None:
    """Each address gets its share of what is left."""
    waits: list[float] = []

    def swallow(_address: Address, _port: int, timeout_seconds: float) -> socket.socket:
        waits.append(timeout_seconds)
        raise TimeoutError

    internet = FakeInternet({"pictures.example": [PUBLIC, OTHER]})
    network = Network(resolve=internet.resolve, connect=swallow, tls=client_context())
    assert outcome(downloader(network)) == TIMEOUT
    assert 0 < waits[0] <= 15 < waits[1] <= 30


def test_a_connection_that_comes_too_late_is_closed() -> None:
    ours, theirs = socket.socketpair()

    def late(*_: object) -> socket.socket:
        threading.Event().wait(0.05)
        return ours

    internet = FakeInternet({"pictures.example": [PUBLIC]})
    network = Network(resolve=internet.resolve, connect=late, tls=client_context())
    with theirs:
        theirs.settimeout(30)
        assert outcome(downloader(network, limits=FetchLimits(0.02, 4096))) == TIMEOUT
        assert theirs.recv(1) == b""


def test_a_name_that_takes_its_time() -> None:
    over = threading.Event()

    def stuck(*_: object) -> list[Address]:
        over.wait(3)
        return []

    assert outcome(downloader(Network(resolve=stuck, tls=client_context()), limits=HASTY)) == TIMEOUT
    over.set()


def test_lookups_that_hang_do_not_pile_up() -> None:
    over, running = threading.Event(), set()

    def stuck(host: str, _port: int) -> list[Address]:
        running.add(host)
        over.wait(60)
        return []

    client = downloader(Network(resolve=stuck, tls=client_context()), limits=FetchLimits(0.01, 4096))
    assert {outcome(client, f"https://{number}.example/") for number in range(40)} == {TIMEOUT}
    over.set()
    client.network._lookups.shutdown()
    assert len(running) == 16


def test_a_deadline_from_outside(serve: Serve) -> None:
    client, internet, host = serve(silence)
    with pytest.raises(FetchTimeout):
        client.fetch(client.check(URL), Deadline.after(1))
    with pytest.raises(FetchTimeout):
        client.fetch(client.check(URL), Deadline.after(-1))
    assert len(internet.dialled) == 1
    host.closing.set()


# What comes back


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        *((image().replace(b"200 OK", status), int(status[:3])) for status in (
            b"201 Created", b"203 Other", b"204 No Content", b"206 Partial Content", b"400 Bad Request",
            b"401 Unauthorized", b"403 Forbidden", b"404 Not Found", b"410 Gone", b"429 Too Many Requests",
            b"500 Internal Server Error", b"503 Service Unavailable", b"101 Switching Protocols", b"999 Denied",
        )),
        (http(b"<html>", "200 OK", "Content-Type: text/html"), 200),
        (http(PICTURE, "200 OK", "Content-Type: text/html; charset=utf-8"), 200),
        (http(b"{}", "200 OK", "Content-Type: application/json"), 200),
        (http(b"<svg/>", "200 OK", "Content-Type: image/svg+xml"), 200),
        (http(b"<!doctype html>", "200 OK", "Content-Type: image/jpeg"), 200),
        (http(b"  <html>"), 200),
        (http(b"%PDF-1.7", "200 OK", "Content-Type: application/octet-stream"), 200),
        (http(b"PK\x03\x04"), 200),
        (http(b""), 200),
        (http(b"\x89"), 200),
        (http(gzip.compress(PICTURE), "200 OK", "Content-Encoding: gzip"), 200),
        (http(PICTURE, "200 OK", "Content-Encoding: br"), 200),
        (http(PICTURE, "200 OK", "Content-Encoding: identity", "Content-Encoding: deflate"), 200),
        (chunked(PICTURE).replace(b": chunked", b": gzip, chunked"), 200),
        (chunked(PICTURE, headers=b"Transfer-Encoding: gzip\r\n"), 200),
        (http(PICTURE, length=len(PICTURE) + 1), 200),
        (http(PICTURE, "200 OK", "Content-Length: 7"), 200),
        (image().replace(b"Content-Length: ", b"Content-Length: -"), 200),
        (image().replace(b"Content-Length: ", b"Content-Length: +"), 200),
        (image().replace(b"Content-Length: ", b"Content-Length: 0x"), 200),
        (image().replace(b"Content-Length: ", b"Content-Length: " + b"9" * 30), 200),
        (image().replace(b"Content-Length: ", b"Content-Length: \xb2"), 200),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_an_answer_that_is_no_picture(serve: Serve, answer: bytes, status: int) -> None:
    client, _, _ = serve(answer)
    found = refusal(client)
    assert (found["status"], found["code"], found["upstream_status"]) == (*FAILED, status)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        PICTURE,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n" + PICTURE,
        b"HTTP/0.9 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n" + PICTURE,
        b"HTTP/1.1 200 OK\r\nX: " + b"1" * 70_000 + b"\r\n\r\n" + PICTURE,
        b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n" + PICTURE,
        chunked(PICTURE, end=b""),
        chunked(PICTURE, end=b"zz\r\n"),
        chunked(PICTURE, end=b"-1\r\n"),
        chunked(PICTURE, end=b"f" * 70_000 + b"\r\n"),
        chunked(PICTURE)[:-30],
    ],
    ids=itertools.count(),
)
def test_an_answer_that_is_not_http(serve: Serve, answer: bytes) -> None:
    client, _, _ = serve(answer)
    assert outcome(client) == FAILED


def test_a_connection_that_is_reset() -> None:
    def reset(*_: object) -> socket.socket:
        raise ConnectionResetError

    internet = FakeInternet({"pictures.example": [PUBLIC]})
    client = downloader(Network(resolve=internet.resolve, connect=reset, tls=client_context()))
    with pytest.raises(FetchFailed) as caught:
        fetched(client)
    assert caught.value.upstream_status is None


def test_nothing_of_a_url_is_in_an_error(serve: Serve) -> None:
    client, _, _ = serve(http(b"zq7", "404 zq7", "Content-Type: zq7"))
    for url in (
        "https://pictures.example/a.png",
        "https://zq7.example/",
        "https://zq7@zq7/",
        "zq7:",
        "http://zq7.example",
    ):
        assert "zq7" not in str(refusal(client, url))


def test_connections_are_closed(serve: Serve) -> None:
    """Warnings are errors here, and an unclosed socket warns once it is collected."""
    client, _, host = serve(chain(3) | {"/bad": http(b"", "404 Not Found")})
    for url in ("https://pictures.example/0", "https://pictures.example/0"):
        assert fetched(client, url) == PICTURE
    with pytest.raises(FetchFailed):
        fetched(client, "https://pictures.example/bad")
    with pytest.raises(UrlBlocked):
        client.check("https://pictures.example:1/")
    gc.collect()
    assert len(host.requests) == 9
