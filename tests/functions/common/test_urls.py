"""The one form of a URL, and the list of hosts."""

import pytest

from functions.common.errors import UrlBlocked, UrlScheme
from functions.common.urls import AllowedHosts, Url, parse, parse_allowed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://pictures.example", Url("https", "pictures.example", 443, "/")),
        ("https://pictures.example/", Url("https", "pictures.example", 443, "/")),
        ("HTTPS://Pictures.EXAMPLE/A.png", Url("https", "pictures.example", 443, "/A.png")),
        ("https://pictures.example:443/a", Url("https", "pictures.example", 443, "/a")),
        ("https://pictures.example:8443/a", Url("https", "pictures.example", 8443, "/a")),
        ("http://pictures.example/a", Url("http", "pictures.example", 80, "/a")),
        ("https://pictures.example?q", Url("https", "pictures.example", 443, "/?q")),
        ("https://pictures.example/a?b=c&d=/?@:#e?f", Url("https", "pictures.example", 443, "/a?b=c&d=/?@:")),
        ("https://pictures.example/a%20b%2f%zz", Url("https", "pictures.example", 443, "/a%20b%2f%zz")),
        ("https://pictures.example/\u00e4\U0001f600", Url("https", "pictures.example", 443, "/%C3%A4%F0%9F%98%80")),
        ('https://pictures.example/<">{|}^`', Url("https", "pictures.example", 443, "/%3C%22%3E%7B%7C%7D%5E%60")),
        ("https://pictures.example/user@a:b", Url("https", "pictures.example", 443, "/user@a:b")),
        ("https://b\u00fccher.example/", Url("https", "xn--bcher-kva.example", 443, "/")),
        ("https://B\u00dcCHER.example/", Url("https", "xn--bcher-kva.example", 443, "/")),
        ("https://xn--bcher-kva.example/", Url("https", "xn--bcher-kva.example", 443, "/")),
        ("https://93.184.216.34/", Url("https", "93.184.216.34", 443, "/")),
        ("https://[2606:2800:0220:1::0001]:8443/", Url("https", "2606:2800:220:1::1", 8443, "/")),
    ],
)
def test_one_form(text: str, expected: Url) -> None:
    assert parse(text) == expected


def test_the_longest_name() -> None:
    longest = f"{'a.' * 126}b"
    assert parse(f"https://{longest}/").host == longest
    with pytest.raises(UrlBlocked):
        parse(f"https://{longest}b/")


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("https://pictures.example/", "pictures.example"),
        ("https://pictures.example:80/", "pictures.example:80"),
        ("http://pictures.example:80/", "pictures.example"),
        ("https://[2606:2800::1]/", "[2606:2800::1]"),
        ("https://[2606:2800::1]:8443/", "[2606:2800::1]:8443"),
    ],
)
def test_host_header(text: str, authority: str) -> None:
    assert parse(text).authority == authority


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("b.png", "/a/b.png"),
        ("/b.png", "/b.png"),
        ("../b.png", "/b.png"),
        ("?c", "/a/a.png?c"),
        ("", "/a/a.png?q=1"),
        ("#top", "/a/a.png?q=1"),
    ],
)
def test_redirects_within_the_host(location: str, expected: str) -> None:
    assert parse("https://pictures.example:8443/a/a.png?q=1").joined(location) == Url(
        "https", "pictures.example", 8443, expected
    )


@pytest.mark.parametrize("location", ["//[::1", "//a b/", "\\\\other.example\\", "https://a.example\r\nX: 1", "//a@b/"])
def test_redirects_of_bad_form(location: str) -> None:
    with pytest.raises(UrlBlocked):
        parse("https://pictures.example/").joined(location)


def test_entries() -> None:
    entries = ["*", "A.example", "a.example:8443", "http://b.example", "http://127.0.0.1:8080", "https://[::1]:8443/"]
    with pytest.raises(ValueError, match=r"'https://\[::1\]:8443/' is none of"):
        parse_allowed(entries)
    assert parse_allowed(entries[:-1]) == AllowedHosts(
        any_public=True,
        public=frozenset({("a.example", 443), ("a.example", 8443)}),
        origins=frozenset({("http", "b.example", 80), ("http", "127.0.0.1", 8080)}),
    )


@pytest.mark.parametrize(
    "entry",
    [
        "ftp://a.example",
        "a.example/path",
        "a.example?q",
        "a.example#f",
        "u@a.example",
        "*.example",
        "https://",
        "a b",
        "-",
        "a.example:65536",
        "http://[::1%1]",
    ],
)
def test_entries_of_bad_form(entry: str) -> None:
    with pytest.raises(ValueError, match="is none of"):
        parse_allowed([entry])


@pytest.mark.parametrize("entry", ["localhost", "localhost:8443", "127.0.0.1", "10.0.0.1", "[::1]", "169.254.169.254"])
def test_an_internal_host_is_named_with_its_scheme(entry: str) -> None:
    with pytest.raises(ValueError, match="write it as http"):
        parse_allowed([entry])


def test_reach() -> None:
    allowed = parse_allowed(["a.example", "a.example:8443", "http://b.example:8080", "https://c.example"])
    public = ["https://a.example/", "https://a.example:8443/"]
    internal = ["http://b.example:8080/", "https://c.example/"]
    assert [allowed.reach(parse(text)) for text in public] == ["public"] * 2
    assert [allowed.reach(parse(text)) for text in internal] == ["internal"] * 2
    for text in ("https://b.example:8080/", "https://d.example/", "https://a.example:444/", "https://www.a.example/"):
        with pytest.raises(UrlBlocked):
            allowed.reach(parse(text))
    for text in ("http://a.example/", "http://c.example/", "http://b.example/"):
        with pytest.raises(UrlScheme):
            allowed.reach(parse(text))
