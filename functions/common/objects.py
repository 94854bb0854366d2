"""Pictures from S3: the only place that asks for objects, and only in allowed buckets and prefixes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any, Final, Protocol

from functions.common.deadline import Deadline
from functions.common.errors import FetchFailed, InternalError, ObjectUnreadable, S3Blocked, ServiceError
from functions.common.fetching import FetchLimits
from functions.common.wire import S3Object

logger = logging.getLogger(__name__)

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MAX_REQUESTS: Final = 16
_TRY_LATER: Final = frozenset({429, 500, 502, 503, 504})
_BAD_CREDENTIALS: Final = frozenset(
    {"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)
_NOT_ALLOWED: Final = "this object may not be read: its bucket and prefix must be on this deployment's list"


@dataclass(frozen=True, slots=True)
class Grant:
    """A bucket, or a part of one: keys that begin with the prefix, which is empty or ends with a slash."""

    bucket: str
    prefix: str

    def covers(self, place: S3Object) -> bool:
        """Whether the object is in there."""
        return place.bucket == self.bucket and place.key.startswith(self.prefix)


def parse_grants(entries: Iterable[str]) -> tuple[Grant, ...]:
    """`bucket` and `bucket/prefix` as grants; a prefix stands for whole path segments. Raises ValueError."""
    grants = []
    for entry in entries:
        bucket, _, prefix = entry.partition("/")
        if not _BUCKET.fullmatch(bucket) or _has_dot_segment(prefix) or prefix.startswith("/"):
            raise ValueError(f"{entry!r} is neither a bucket nor bucket/prefix")
        grants.append(Grant(bucket, f"{prefix.rstrip('/')}/" if prefix else ""))
    return tuple(grants)


def check_granted(grants: Iterable[Grant], place: S3Object) -> None:
    """Raises S3Blocked unless one of the grants covers the object."""
    # S3 takes "." and ".." literally; a client or a proxy on the way may resolve them.
    if _has_dot_segment(place.key) or not any(grant.covers(place) for grant in grants):
        raise S3Blocked(_NOT_ALLOWED)


class S3Client(Protocol):
    """As much of boto3's S3 client as is used here."""

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """An object's metadata, and its bytes as a stream."""


def open_client(region: str, timeout_seconds: float, **options: Any) -> S3Client:
    """boto3's S3 client, with credentials from where boto3 looks for them. Takes a good tenth of a second."""
    # Where S3 input is off, as it is by default, nothing pays for the import.
    import boto3
    from botocore.config import Config

    # Two attempts of half the time each: a connection kept from before an environment was frozen may be dead.
    config = Config(
        connect_timeout=timeout_seconds / 2,
        read_timeout=timeout_seconds / 2,
        max_pool_connections=_MAX_REQUESTS,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    client: S3Client = boto3.session.Session().client("s3", region_name=region, config=config, **options)
    return client


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """Fetches pictures from granted places. Safe to share between threads."""

    grants: tuple[Grant, ...]
    limits: FetchLimits
    client: S3Client
    _requests: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_MAX_REQUESTS, "s3"))

    def check(self, place: S3Object) -> None:
        """Raises S3Blocked unless the object may be asked for."""
        check_granted(self.grants, place)

    def fetch(self, place: S3Object, latest: Deadline | None = None) -> bytes:
        """The object's bytes, before the time limit and `latest` have passed.

        Raises S3Blocked, ObjectUnreadable, FetchTimeout, FetchFailed, DownloadTooLarge; InternalError without
        credentials that S3 accepts.
        """
        self.check(place)
        deadline = self.limits.deadline(latest)
        try:
            return deadline.wait(self._requests, partial(self._get, place, deadline))
        except TimeoutError as error:
            raise self.limits.timeout() from error

    def _get(self, place: S3Object, deadline: Deadline) -> bytes:
        # Imported already, by open_client, which made the client.
        from botocore import exceptions

        try:
            answer = self.client.get_object(Bucket=place.bucket, Key=place.key)
            with closing(answer["Body"]) as body:
                self.limits.check_size(answer.get("ContentLength", 0))
                return self.limits.collect(partial(_read, body, deadline))
        except exceptions.ClientError as error:
            raise _refusal(error.response) from error
        except (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError) as error:
            raise self.limits.timeout() from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError) as error:
            raise FetchFailed("S3 could not be reached, or closed the connection") from error
        except exceptions.BotoCoreError as error:
            # Credentials that are not there or cannot be renewed. The message of such an error names no object.
            logger.exception("S3 input is allowed, but its client does not work")
            raise InternalError("this deployment cannot use S3; the log says why") from error


def _read(body: IO[bytes], deadline: Deadline, size: int) -> bytes:
    deadline.remaining()
    return body.read(size)


def _refusal(response: Mapping[str, Any]) -> ServiceError:
    """S3's error answer in our terms."""
    status = int(response["ResponseMetadata"]["HTTPStatusCode"])
    code = str(response["Error"]["Code"])
    logger.info("S3 answered %s (%d)", code, status)
    if code in _BAD_CREDENTIALS:
        logger.error("S3 does not accept this deployment's credentials: %s", code)
        return InternalError("S3 does not accept this deployment's credentials")
    if status in _TRY_LATER:
        return FetchFailed("S3 cannot answer at the moment", upstream_status=status)
    return ObjectUnreadable("there is no such object, or this deployment may not read it")


def _has_dot_segment(key: str) -> bool:
    return any(segment in {".", ".."} for segment in key.split("/"))
