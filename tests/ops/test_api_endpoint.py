"""A request to an API that takes signatures, held to Signature Version 4 as AWS describes it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.credentials import ReadOnlyCredentials

from models.errors import CanaryError
from ops.api_endpoint import ApiEndpoint

SIGNER = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SIGNING = ReadOnlyCredentials("AKIDEXAMPLE", SIGNER, "session-token")
REGION = "eu-west-1"


class Gateway:
    """Answers what it received."""

    def __init__(self) -> None:
        self.target = ""
        self.headers: dict[str, str] = {}
        self.body = b""
        self.answer: tuple[int, bytes] = (200, json.dumps({"answer": 1}).encode())
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                gateway.target = self.path
                gateway.headers = {name.lower(): value for name, value in self.headers.items()}
                gateway.body = self.rfile.read(int(self.headers["content-length"]))
                status, content = gateway.answer
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                del format, args

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/prod/semantic"

    def signature(self) -> str:
        """What the request must be signed with. docs.aws.amazon.com: Create a signed AWS API request."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        assert scheme == "AWS4-HMAC-SHA256"
        parts = dict(part.split("=", 1) for part in rest.split(", "))
        credential, names = parts["Credential"], parts["SignedHeaders"].split(";")
        access_key, date, region, service, end = credential.split("/")
        assert (access_key, region, service, end) == ("AKIDEXAMPLE", REGION, "execute-api", "aws4_request")
        url = urlsplit(self.target)
        query = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in parse_qsl(url.query))
        canonical = "\n".join(
            [
                *("POST", url.path, "&".join(f"{name}={value}" for name, value in query)),
                *(f"{name}:{self.headers[name].strip()}" for name in names),
                *("", ";".join(names), hashlib.sha256(self.body).hexdigest()),
            ]
        )
        scope = f"{date}/{region}/{service}/{end}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['x-amz-date']}\n{scope}\n{hashed}"
        key = f"AWS4{SIGNER}".encode()
        for part in (date, region, service, end, text):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        assert {"host", "x-amz-date", "x-amz-security-token"} <= set(names)
        return key.hex() + "|" + parts["Signature"]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    found = Gateway()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.05,))
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def test_a_signature_is_over_the_query_as_aws_encodes_it(gateway: Gateway) -> None:
    endpoint = ApiEndpoint(gateway.url, "the-key", REGION, SIGNING)
    path = "/detect?profile=raw&include=hair_colors,outfits&min_confidence=0"
    assert endpoint.post(path, b"picture", "image/jpeg") == {"answer": 1}
    expected, _, actual = gateway.signature().partition("|")
    assert actual == expected
    assert gateway.headers["x-api-key"] == "the-key"
    assert gateway.headers["x-amz-security-token"] == "session-token"
    assert (gateway.headers["content-type"], gateway.body) == ("image/jpeg", b"picture")


def test_without_credentials_nothing_is_signed(gateway: Gateway) -> None:
    ApiEndpoint(gateway.url, "the-key", REGION).post("/score", b"{}", "application/json")
    assert "authorization" not in gateway.headers
    assert gateway.target == "/prod/semantic/score"


@pytest.mark.parametrize(
    ("status", "content", "sentence"),
    [
        (502, b'{"code": "upstream"}', "answered 502 upstream"),
        (504, b"<html>", "answered 504 with something other than JSON"),
        (200, b"[]", "answered 200"),
    ],
)
def test_another_answer_is_one_sentence(gateway: Gateway, status: int, content: bytes, sentence: str) -> None:
    right, gateway.answer = gateway.answer, (status, content)
    try:
        with pytest.raises(CanaryError) as caught:
            ApiEndpoint(gateway.url, "the-key", REGION).post("/detect?x=1", b"", "image/jpeg")
    finally:
        gateway.answer = right
    assert str(caught.value) == f"{gateway.url}/detect: {sentence}"


@pytest.mark.parametrize(
    ("url", "problem"),
    [("http://127.0.0.1:9", r"cannot be asked \(Connection refused\)"), ("file:///etc", "not an http")],
)
def test_what_is_no_api_is_told(url: str, problem: str) -> None:
    endpoint = ApiEndpoint(url, "the-key", REGION)
    with pytest.raises(CanaryError, match=problem):
        endpoint.post("/detect", b"", "image/jpeg")
    assert "the-key" not in repr(endpoint)
