"""One asynchronous invocation run by a container here: its input from S3, its outcome to S3 and to an SNS topic."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

_PING_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """What the endpoint's configuration says, and where its container is."""

    name: str
    container_port: int
    output_path: str
    """s3://bucket/prefix/"""
    failure_path: str
    success_topic: str
    error_topic: str
    concurrency: int = 1
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Request:
    """One invocation as it was taken."""

    inference_id: str
    input_location: str
    output_location: str
    failure_location: str
    content_type: str
    ttl_seconds: int
    timeout_seconds: int
    received: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers invocations to containers. `s3` and `sns` are boto3's clients."""

    s3: Any
    sns: Any

    def deliver(self, config: EndpointConfig, request: Request, now: float) -> None:
        """Runs an invocation once, as it stands `now`, and tells what came of it."""
        if now - request.received > request.ttl_seconds:
            # Nothing documents an object for a request that was never begun.
            self._tell_failure(config, request, "ClientError: the request expired before it was processed.")
            return
        try:
            status, kind, answer = _answer(config.container_port, self._read(request.input_location), request)
        except (OSError, http.client.HTTPException):
            status, kind, answer = 0, "", b"Your invocation timed out while waiting for a response from container"
        except (BotoCoreError, ClientError):
            self._tell_failure(config, request, "ClientError: the input could not be read from S3.")
            return
        if status == HTTPStatus.OK:
            self._write(request.output_location, answer, kind)
            response = {"contentType": kind, "outputLocation": request.output_location}
            self._tell(config.success_topic, config, request, "Completed", {"responseParameters": response})
            return
        # As the synchronous operation words it.
        error = f'Received server error ({status}) from primary with message "{answer.decode(errors="replace")}". '
        error += f"See the log group /aws/sagemaker/Endpoints/{config.name} for more information."
        self._write(request.failure_location, error.encode(), "text/plain")
        self._tell_failure(config, request, f"ClientError: Received server error ({status}) from model.")

    def _tell_failure(self, config: EndpointConfig, request: Request, reason: str) -> None:
        self._tell(config.error_topic, config, request, "Failed", {"failureReason": reason})

    def _tell(
        self,
        topic: str,
        config: EndpointConfig,
        request: Request,
        status: str,
        outcome: Mapping[str, Any],
    ) -> None:
        message = {
            "awsRegion": config.region,
            "eventTime": _timestamp(time.time()),
            "receivedTime": _timestamp(request.received),
            "invocationStatus": status,
            "requestParameters": {
                "contentType": request.content_type,
                "endpointName": config.name,
                "inputLocation": request.input_location,
            },
            **outcome,
            "inferenceId": request.inference_id,
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        self.sns.publish(TopicArn=topic, Message=json.dumps(message))

    def _read(self, location: str) -> bytes:
        bucket, key = _place(location)
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def _write(self, location: str, body: bytes, content_type: str) -> None:
        bucket, key = _place(location)
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)


def _answer(port: int, body: bytes, request: Request) -> tuple[int, str, bytes]:
    """Status, content type and body of the container's answer. Raises OSError."""
    deadline = time.monotonic() + request.timeout_seconds
    while _call(port, "/ping", request.timeout_seconds, None)[0] != HTTPStatus.OK:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_PING_SECONDS)
    headers = {"Content-Type": request.content_type, "X-Amzn-SageMaker-Inference-Id": request.inference_id}
    return _call(port, "/invocations", request.timeout_seconds, body, headers)


def _call(
    port: int, path: str, timeout_seconds: float, body: bytes | None, headers: Mapping[str, str] | None = None
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.headers.get("content-type", ""), answer.read()
    finally:
        connection.close()


def _place(location: str) -> tuple[str, str]:
    parts = urlsplit(location)
    return parts.netloc, parts.path.lstrip("/")


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
