"""An authority of the tests' own, and what hosts present."""

import ssl
from datetime import UTC, datetime
from functools import cache

import trustme

NAMES = ("pictures.example", "other.example", "localhost", "127.0.0.1", "93.184.216.34", "2606:2800:220:1::1")


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def client_context() -> ssl.SSLContext:
    """As the product's own, but trusting the tests' authority alone."""
    return ssl.create_default_context(cadata=authority().cert_pem.bytes().decode())


@cache
def server_context(*names: str, expired: bool = False, issuer: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = (issuer or authority()).issue_cert(
        *(names or NAMES),
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=datetime(2021, 1, 1, tzinfo=UTC) if expired else None,
    )
    certificate.configure_cert(context)
    return context
