"""Hosts, ports and content types before any endpoint sees them."""

from typing import Any

import pytest
from starlette.datastructures import Headers

from functions.common.errors import MalformedHeader
from functions.common.requests import check_host, check_port, media_type


@pytest.mark.parametrize("host", ["example.com", "a_b.example:443", "127.0.0.1:80", "[::1]", "[::1]:8005", "x:65535"])
def test_hosts(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize(
    "host", ["", ":", "a:", "a:b", "a:b:c", "a:65536", "a:-1", "a:+1", "a:1 ", "::1", "[::1", "a b", "a/b", "ä", "a\n",
             "a:1\n", "u@a", "a,b", "a:١"]
)  # fmt: skip
def test_no_hosts(host: str) -> None:
    with pytest.raises(MalformedHeader):
        check_host(host)


@pytest.mark.parametrize("port", ["", "abc", "-1", "1.0", "65536", "000001", "80 ", "٨٠", "80,443"])
def test_no_ports(port: str) -> None:
    with pytest.raises(MalformedHeader):
        check_port(port)


@pytest.mark.parametrize("port", ["0", "80", "00443", "65535"])
def test_ports(port: str) -> None:
    check_port(port)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        ("application/json", "application/json"),
        (" Application/JSON ; charset=utf-8", "application/json"),
        ("image/png;q=1", "image/png"),
        (";", ""),
    ],
)
def test_media_type(value: str | None, expected: str) -> None:
    sent: dict[str, Any] = {} if value is None else {"content-type": value}
    assert media_type(Headers(sent)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["image/png", "application/json"], "application/json,image/png"),
        (["application/json; a=b", "image/png"], "application/json,image/png"),
        (["application/json", "APPLICATION/JSON;charset=utf-8"], "application/json"),
        (["", "image/png"], ",image/png"),
    ],
)
def test_several_content_types_are_none(values: list[str], expected: str) -> None:
    assert media_type(Headers(raw=[(b"content-type", value.encode()) for value in values])) == expected
