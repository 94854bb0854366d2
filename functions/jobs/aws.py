"""S3 and SageMaker as far as jobs need them: the only module here that knows boto3."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.common.errors import EndpointUnavailable, InternalError, StorageUnavailable

logger = logging.getLogger(__name__)

_ABSENT: Final = frozenset({"NoSuchKey", "404"})
# 409: S3 was at work on the same key. Both say that the condition did not hold, or cannot be known to.
_CONDITION: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})

Answer = TypeVar("Answer")


class RefusedError(Exception):
    """The endpoint said that it did not take the invocation: another attempt cannot make two of it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object, and the version of it that this is."""

    body: bytes
    etag: str
    modified: float
    """In seconds since 1970, by S3's clock."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Keys under which an endpoint will leave what it has to say."""

    output: str
    failure: str


def open_clients(region: str, **options: Any) -> tuple[Any, Any]:
    """boto3's clients of S3 and of SageMaker's runtime; the environment's AWS_ENDPOINT_URL_* lead them elsewhere."""
    session = boto3.session.Session(region_name=region)
    storage = Config(
        connect_timeout=2,
        read_timeout=5,
        signature_version="s3v4",
        # Forms are posted where the bucket is: a new one answers elsewhere with a redirect that drops the form.
        s3={"addressing_style": "virtual"},
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    # An invocation whose answer got lost may have been taken: whether to repeat it is not boto3's to decide.
    runtime = Config(connect_timeout=2, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 1})
    return session.client("s3", config=storage, **options), session.client(
        "sagemaker-runtime", config=runtime, **options
    )


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of uploads and jobs. Every method raises StorageUnavailable."""

    name: str
    client: Any

    def read(self, key: str) -> Stored | None:
        """An object; None if there is none."""

        def get() -> Stored:
            answer = self.client.get_object(Bucket=self.name, Key=key)
            with closing(answer["Body"]) as body:
                return Stored(body.read(), answer["ETag"], answer["LastModified"].timestamp())

        return self._asked(get, _ABSENT)

    def write(self, key: str, body: bytes) -> None:
        """Writes an object, whatever there was."""
        self._put(key, body)

    def create(self, key: str, body: bytes) -> str | None:
        """Writes an object that is not there yet, and gives its version; None if it is."""
        return self._put(key, body, IfNoneMatch="*")

    def replace(self, key: str, body: bytes, etag: str) -> str | None:
        """Writes an object that is still this version, and gives the new one; None if it is not."""
        return self._put(key, body, IfMatch=etag)

    def post_form(self, key: str, content_type: str, *, max_bytes: int, seconds: int) -> tuple[str, dict[str, str]]:
        """URL and fields of a form with which anyone may post this one object, of 1 to so many bytes."""
        form = self._asked(
            lambda: self.client.generate_presigned_post(
                self.name,
                key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
                ExpiresIn=seconds,
            )
        )
        assert form is not None  # noqa: S101 - no answer of S3's is taken for None
        return form["url"], form["fields"]

    def _put(self, key: str, body: bytes, **condition: str) -> str | None:
        def put() -> str:
            answer = self.client.put_object(
                Bucket=self.name, Key=key, Body=body, ContentType="application/json", **condition
            )
            return str(answer["ETag"])

        return self._asked(put, _CONDITION if condition else frozenset())

    def _asked(self, ask: Callable[[], Answer], as_none: frozenset[str] = frozenset()) -> Answer | None:
        try:
            return ask()
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code in as_none:
                return None
            logger.error("S3 answered %s", code)  # noqa: TRY400 - its message may name the object
            raise StorageUnavailable(
                "S3 cannot serve this deployment's bucket at the moment", retry_after_seconds=5
            ) from error
        except BotoCoreError as error:
            logger.error("S3 could not be asked: %s", type(error).__name__)  # noqa: TRY400 - as above
            raise StorageUnavailable("S3 cannot be reached", retry_after_seconds=5) from error


@dataclass(frozen=True, slots=True)
class Endpoints:
    """SageMaker's asynchronous endpoints."""

    client: Any

    def invoke(self, endpoint: str, job: str, source: str, *, queue_seconds: int, run_seconds: int) -> Locations:
        """Hands the object at the S3 URI `source` to an endpoint, as the invocation with this id.

        Raises RefusedError if the invocation was not taken, EndpointUnavailable if that cannot be known.
        """
        try:
            answer = self.client.invoke_endpoint_async(
                EndpointName=endpoint,
                InputLocation=source,
                ContentType="application/json",
                InferenceId=job,
                RequestTTLSeconds=queue_seconds,
                InvocationTimeoutSeconds=run_seconds,
            )
        except ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            logger.error("SageMaker answered %s (%d)", code, status)  # noqa: TRY400 - its message may name the object
            if status < 500 or code == "ServiceUnavailable":
                raise RefusedError from error
            raise EndpointUnavailable("the GPU endpoint failed to answer", retry_after_seconds=60) from error
        except BotoCoreError as error:
            logger.error("SageMaker could not be asked: %s", type(error).__name__)  # noqa: TRY400 - as above
            raise EndpointUnavailable("the GPU endpoint cannot be reached", retry_after_seconds=60) from error
        return Locations(_key(answer["OutputLocation"]), _key(answer["FailureLocation"]))


def _key(location: str) -> str:
    """The key in `s3://bucket/key`."""
    scheme, _, place = location.partition("://")
    key = place.partition("/")[2]
    if scheme != "s3" or not key:
        raise InternalError("the GPU endpoint is not set up to leave its answers in S3")
    return key
