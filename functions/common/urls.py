"""URLs of pictures: parsed strictly, and held against the hosts that a deployment allows. Touches no network."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal, TypeAlias, cast
from urllib.parse import quote, urljoin

import idna

from functions.common.addresses import Address, Reach, is_public
from functions.common.errors import UrlBlocked, UrlScheme

Scheme: TypeAlias = Literal["https", "http"]
DEFAULT_PORTS: Final[dict[Scheme, int]] = {"https": 443, "http": 80}
ANY_PUBLIC_HOST: Final = "*"

# One text for every reason that has to do with hosts and addresses: naming the reason would reveal the network.
NOT_ALLOWED: Final = (
    "this URL may not be fetched: its host must be on this deployment's list, and have public addresses only"
)
_BAD_FORM: Final = (
    "the URL must have the form https://host/path, where host is a name or an address in its usual notation; user "
    "names, backslashes, spaces and control characters are not allowed"
)

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PARTS: Final = re.compile(
    r"//(?P<host>\[[^]]*\]|[^/?#:\[\]]*)(?::(?P<port>[1-9][0-9]{0,4}))?(?P<target>[/?][^#]*)?(?:#.*)?"
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# As a last label, makes the host an IPv4 address in some notation (URL Standard, "ends in a number checker").
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_NAME: Final = 253
_MAX_CHARACTERS: Final = 4096
# Everything a path or query may hold as it is (RFC 3986), and "%": what is encoded already stays so.
_SAFE: Final = "/?%:@!$&'()*+,;=-._~[]"


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in the one form that is checked, dialled and sent."""

    scheme: Scheme
    host: str
    """A name in lower-case ASCII, or an address in its canonical form and without brackets."""
    port: int
    target: str
    """Path and query, percent-encoded."""

    @property
    def address(self) -> Address | None:
        """The address, where the host is one."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def joined(self, location: str) -> Url:
        """Where a redirect from here leads. Raises UrlScheme, UrlBlocked."""
        _refuse_characters(location)
        if _SCHEME.match(location):
            return parse(location)
        if location.startswith("//"):
            return parse(f"{self.scheme}:{location}")
        return parse(urljoin(f"{self.scheme}://{self.authority}{self.target}", location))


def parse(text: str) -> Url:
    """`text` as a URL, with nothing forgiven. Raises UrlScheme, UrlBlocked."""
    _refuse_characters(text)
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() not in DEFAULT_PORTS:
        raise UrlScheme("the URL's scheme must be https")
    name = cast("Scheme", scheme[1].lower())
    parts = _PARTS.fullmatch(text, scheme.end())
    if parts is None:
        raise UrlBlocked(_BAD_FORM)
    port = int(parts["port"] or DEFAULT_PORTS[name])
    if port > 65_535:
        raise UrlBlocked(_BAD_FORM)
    target = quote(parts["target"] or "/", safe=_SAFE)
    return Url(name, _host(parts["host"]), port, target if target.startswith("/") else f"/{target}")


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that pictures may come from."""

    any_public: bool
    """Any host, at https's own port, whose addresses are all public."""
    public: frozenset[tuple[str, int]]
    """Hosts and ports that speak https and have public addresses."""
    origins: frozenset[tuple[Scheme, str, int]]
    """Named with their scheme: an operator's word, so they may be plain http and in a private network."""

    def reach(self, url: Url) -> Reach:
        """How far the host of `url` may reach. Raises UrlScheme, UrlBlocked."""
        if (url.scheme, url.host, url.port) in self.origins:
            return "internal"
        if _is_internal_by_name(url):
            raise UrlBlocked(NOT_ALLOWED)
        if url.scheme != "https":
            raise UrlScheme("the URL's scheme must be https; plain http is only for hosts that are listed with it")
        if (url.host, url.port) in self.public or (self.any_public and url.port == DEFAULT_PORTS["https"]):
            return "public"
        raise UrlBlocked(NOT_ALLOWED)


def parse_allowed(entries: Iterable[str]) -> AllowedHosts:
    """`*`, `host`, `host:port` and `http(s)://host[:port]` as a list of hosts. Raises ValueError naming the entry."""
    any_public = False
    public: set[tuple[str, int]] = set()
    origins: set[tuple[Scheme, str, int]] = set()
    for entry in entries:
        if entry == ANY_PUBLIC_HOST:
            any_public = True
            continue
        with_scheme = "://" in entry
        try:
            url = parse(entry if with_scheme else f"https://{entry}")
        except (UrlScheme, UrlBlocked):
            url = None
        if url is None or any(mark in entry.partition("://")[2 if with_scheme else 0] for mark in "/?#"):
            raise ValueError(f"{entry!r} is none of *, host, host:port and http(s)://host[:port]")
        if with_scheme:
            origins.add((url.scheme, url.host, url.port))
        elif _is_internal_by_name(url):
            raise ValueError(f"{entry!r} is not public; if it is meant, write it as http(s)://host[:port]")
        else:
            public.add((url.host, url.port))
    return AllowedHosts(any_public, frozenset(public), frozenset(origins))


def _is_internal_by_name(url: Url) -> bool:
    if url.address is not None:
        return not is_public(url.address)
    return url.host.split(".")[-1] == "localhost"


def _refuse_characters(text: str) -> None:
    # Categories: controls, formats (as invisible as those), surrogates, private and unassigned, all kinds of space.
    if (
        len(text) > _MAX_CHARACTERS
        or "\\" in text
        or any(unicodedata.category(character)[0] in "CZ" for character in text)
    ):
        raise UrlBlocked(_BAD_FORM)


def _host(text: str) -> str:
    if text.startswith("["):
        return _v6(text[1:-1])
    name = text.lower()
    if len(name) > _MAX_NAME:
        raise UrlBlocked(_BAD_FORM)
    if not name.isascii():
        try:
            # IDNA 2008 without mapping: full-width digits and other look-alikes of ASCII are errors, not translated.
            name = idna.encode(name, strict=True).decode("ascii")
        except idna.IDNAError as error:
            raise UrlBlocked(_BAD_FORM) from error
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)):
        raise UrlBlocked(_BAD_FORM)
    if _NUMBER.fullmatch(labels[-1]):
        return _v4(name)
    return name


def _v4(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise UrlBlocked(_BAD_FORM) from error


def _v6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError as error:
        raise UrlBlocked(_BAD_FORM) from error
    if address.scope_id is not None:
        raise UrlBlocked(_BAD_FORM)
    return str(address)
