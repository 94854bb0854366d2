"""Pictures from S3, as boto3 gets them from a host on loopback that answers as S3 does."""

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError, PartialCredentialsError

from functions.common.deadline import Deadline
from functions.common.errors import FetchTimeout, S3Blocked, ServiceError
from functions.common.fetching import FetchLimits
from functions.common.objects import Grant, ObjectStore, open_client, parse_grants
from functions.common.problems import problem
from functions.common.wire import S3Object
from tests.functions.common.picture_host import PICTURE, Answer, PictureHost, http, image, serving

GRANTS = parse_grants(["pictures", "archive/2026/approved"])
LIMITS = FetchLimits(timeout_seconds=30, max_bytes=4096)
HASTY = FetchLimits(timeout_seconds=0.25, max_bytes=4096)
PLACE = S3Object(bucket="pictures", key="a.png")

BLOCKED = (403, "s3_blocked")
TOO_LARGE = (413, "download_too_large")
FAILED = (422, "fetch_failed")
TIMEOUT = (422, "fetch_timeout")
UNREADABLE = (422, "object_unreadable")
FAULT = (500, "internal_error")

Serve: TypeAlias = Callable[..., tuple[ObjectStore, PictureHost]]


def client_of(host: PictureHost, limits: FetchLimits) -> Any:
    return open_client(
        "eu-west-1",
        limits.timeout_seconds,
        endpoint_url=f"http://127.0.0.1:{host.port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[PictureHost, dict[FetchLimits, Any]]]:
    """One host, and its clients, which take longest to make."""
    with serving({}) as host:
        yield host, {limits: client_of(host, limits) for limits in (LIMITS, HASTY)}


@pytest.fixture
def serve(s3: tuple[PictureHost, dict[FetchLimits, Any]]) -> Iterator[Serve]:
    host, clients = s3

    def start(answers: Answer | dict[str, Answer], limits: FetchLimits = LIMITS) -> tuple[ObjectStore, PictureHost]:
        host.answers = answers if isinstance(answers, dict) else {"/pictures/a.png": answers}
        host.requests.clear()
        return ObjectStore(GRANTS, limits, clients[limits]), host

    yield start
    host.closing.set()
    host.closing = threading.Event()


def refused(status: str, code: str) -> bytes:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>zq7</Message></Error>"
    return http(body.encode(), status, "Content-Type: application/xml")


def refusal(store: ObjectStore, place: S3Object = PLACE) -> dict[str, Any]:
    with pytest.raises(ServiceError) as caught:
        store.fetch(place)
    return problem(caught.value, "id").model_dump(exclude_none=True)


def outcome(store: ObjectStore, place: S3Object = PLACE) -> tuple[int, str]:
    found = refusal(store, place)
    return found["status"], found["code"]


# What is granted


def test_grants() -> None:
    assert list(GRANTS) == [Grant("pictures", ""), Grant("archive", "2026/approved/")]
    assert parse_grants(["archive/2026/"]) == parse_grants(["archive/2026"]) == (Grant("archive", "2026/"),)


@pytest.mark.parametrize(
    "entry",
    ["/", "a", "Upper", "buck et", "s3://bucket", "bucket//a", "bucket/../a", "*", "bucket/a/./b", "arn:aws:s3:::b"],
)
def test_grants_of_bad_form(entry: str) -> None:
    with pytest.raises(ValueError, match="is neither a bucket nor bucket/prefix"):
        parse_grants([entry])


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("others", "a.png"),
        ("pictures-private", "a.png"),
        ("picture", "a.png"),
        ("PICTURES", "a.png"),
        ("pictures/a", "a.png"),
        ("arn:aws:s3:eu-west-1:123456789012:accesspoint/pictures"[:63], "a.png"),
        ("archive", "a.png"),
        ("archive", "2026"),
        ("archive", "2026/approved"),
        ("archive", "2026/approved-not/a.png"),
        ("archive", "2026/Approved/a.png"),
        ("archive", "/2026/approved/a.png"),
        ("archive", "2025/approved/a.png"),
        ("archive", "2026/approved/../secret/a.png"),
        ("archive", "2026/approved/.."),
        ("archive", "2026/approved/./a.png"),
        ("pictures", "../archive/a.png"),
    ],
)
def test_what_is_not_granted_is_never_asked_for(serve: Serve, bucket: str, key: str) -> None:
    store, host = serve(image())
    place = S3Object(bucket=bucket, key=key)
    assert outcome(store, place) == BLOCKED
    with pytest.raises(S3Blocked):
        store.check(place)
    assert host.requests == []


@pytest.mark.parametrize(
    ("bucket", "key", "target"),
    [
        ("pictures", "a.png", "/pictures/a.png"),
        ("pictures", "deep/er/a b\u00e4.png", "/pictures/deep/er/a%20b%C3%A4.png"),
        ("pictures", "a..b/...", "/pictures/a..b/..."),
        ("pictures", "%2e%2e/a.png", "/pictures/%252e%252e/a.png"),
        ("archive", "2026/approved/a.png", "/archive/2026/approved/a.png"),
    ],
)
def test_what_is_granted(serve: Serve, bucket: str, key: str, target: str) -> None:
    store, host = serve({target: image()})
    assert store.fetch(S3Object(bucket=bucket, key=key)) == PICTURE
    (request,) = host.requests
    assert request.startswith(f"GET {target} HTTP/1.1\r\n".encode())
    assert b"/eu-west-1/s3/aws4_request" in request


# What comes back


def test_missing_and_denied_look_the_same(serve: Serve) -> None:
    answers = [
        refused("404 Not Found", "NoSuchKey"),
        refused("404 Not Found", "NoSuchBucket"),
        refused("403 Forbidden", "AccessDenied"),
        refused("403 Forbidden", "InvalidObjectState"),
        refused("400 Bad Request", "KMS.DisabledException"),
        refused("403 Forbidden", "AllAccessDisabled"),
    ]
    problems = [refusal(serve(answer)[0]) for answer in answers]
    assert all(found == problems[0] for found in problems)
    assert (problems[0]["status"], problems[0]["code"]) == UNREADABLE
    assert "upstream_status" not in problems[0]
    assert "zq7" not in str(problems)


@pytest.mark.parametrize(("status", "code"), [("503 Slow Down", "SlowDown"), ("500 Server Error", "InternalError")])
def test_throttled_for_theirs_is_not_our_fault(serve: Serve, status: str, code: str) -> None:
    store, host = serve(refused(status, code))
    found = refusal(store)
    assert (found["status"], found["code"], found["upstream_status"]) == (*FAILED, int(status[:3]))
    assert len(host.requests) == 2


def test_a_second_attempt(serve: Serve) -> None:
    answers = iter([refused("503 Slow Down", "SlowDown"), image()])
    store, host = serve(lambda _: [next(answers)])
    assert store.fetch(PLACE) == PICTURE
    assert len(host.requests) == 2


@pytest.mark.parametrize(
    "code", ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"]
)
def test_credentials_that_s3_does_not_take_are_our_fault(
    serve: Serve, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, _ = serve(refused("403 Forbidden", code))
    assert outcome(store) == FAULT
    assert code in caplog.text
    assert "a.png" not in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        NoCredentialsError(),
        PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        CredentialRetrievalError(provider="container-role", error_msg="timed out"),
    ],
)
def test_no_credentials_are_our_fault(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    class Client:
        def get_object(self, **_: str) -> dict[str, Any]:
            raise error

    assert outcome(ObjectStore(GRANTS, LIMITS, Client())) == FAULT
    assert str(error) in caplog.text
    assert "a.png" not in caplog.text


def endless(_: PictureHost) -> Iterable[bytes]:
    yield http(PICTURE, length=10**12)


def announced(host: PictureHost) -> Iterable[bytes]:
    yield http(b"", length=4097)
    host.pause(30)


@pytest.mark.parametrize("answer", [announced, endless, http(PICTURE.ljust(4097))])
def test_too_large(serve: Serve, answer: Answer) -> None:
    store, _ = serve(answer)
    found = refusal(store)
    assert (found["status"], found["code"], found["limit"]) == (*TOO_LARGE, 4096)


def test_exactly_the_limit(serve: Serve) -> None:
    body = PICTURE.ljust(4096, b"\0")
    assert serve(http(body))[0].fetch(PLACE) == body


def test_an_object_without_a_length(serve: Serve) -> None:
    store, _ = serve(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PICTURE)
    assert store.fetch(PLACE) == PICTURE
    store, _ = serve(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PICTURE.ljust(4097))
    assert outcome(store) == TOO_LARGE


@pytest.mark.parametrize("answer", [b"", b"no HTTP\r\n\r\n", http(PICTURE, length=len(PICTURE) + 1)])
def test_a_connection_that_breaks(serve: Serve, answer: bytes) -> None:
    assert outcome(serve(answer)[0]) == FAILED


def test_nobody_there() -> None:
    with serving({}) as host:
        client = client_of(host, LIMITS)
    assert outcome(ObjectStore(GRANTS, LIMITS, client)) == FAILED


# Time


def silence(host: PictureHost) -> Iterable[bytes]:
    host.pause(30)
    return ()


def body_bytes(host: PictureHost) -> Iterable[bytes]:
    yield http(b"", length=len(PICTURE))
    yield from host.drip(PICTURE)


@pytest.mark.parametrize("answer", [silence, body_bytes, lambda host: host.drip(image())])
def test_an_answer_that_takes_its_time(serve: Serve, answer: Answer) -> None:
    store, _ = serve(answer, HASTY)
    assert outcome(store) == TIMEOUT


def test_a_client_that_hangs_is_left_behind() -> None:
    over, returned = threading.Event(), threading.Event()

    class Client:
        def get_object(self, **_: str) -> dict[str, Any]:
            over.wait(30)
            returned.set()
            return {"Body": io.BytesIO(PICTURE), "ContentLength": len(PICTURE)}

    assert outcome(ObjectStore(GRANTS, HASTY, Client())) == TIMEOUT
    assert not returned.is_set()
    over.set()


def test_a_deadline_from_outside(serve: Serve) -> None:
    store, _ = serve(silence)
    with pytest.raises(FetchTimeout):
        store.fetch(PLACE, Deadline.after(0.1))


def test_many_at_once(serve: Serve) -> None:
    targets: dict[str, Answer] = {f"/pictures/{number}": image(b"\x89PNG%d" % number) for number in range(40)}
    store, _ = serve(targets)
    with ThreadPoolExecutor(20) as pool:
        found = pool.map(lambda number: store.fetch(S3Object(bucket="pictures", key=str(number))), range(40))
        assert list(found) == [b"\x89PNG%d" % number for number in range(40)]
