"""Jobs on an emulated S3, with a runtime of SageMaker's that only notes what it is asked, and a clock set by hand."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from emulation.aws_services import AwsServices
from functions.common.invocation import Invocation, current
from functions.jobs.api import create_app
from functions.jobs.aws import Bucket, Endpoints, open_clients
from functions.jobs.settings import Settings, read_settings
from tests.functions.calls import Answer, Call, through_asgi

ENVIRONMENT = {"JOBS_SEMANTIC_ENDPOINT": "Imajin-dev-semantic", "ALLOWED_S3": "pictures/approved"}
DETECT = {"function": "semantic", "route": "/detect"}


@dataclass
class Clock:
    """Seconds since 1970; begins with the real ones."""

    seconds: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Runtime:
    """Takes invocations, unless it is told to fail; every one has locations of its own."""

    bucket: str
    invocations: list[dict[str, Any]] = field(default_factory=list)
    failure: Exception | None = None
    pause: threading.Event | None = None

    def invoke_endpoint_async(self, **asked: Any) -> dict[str, str]:
        if self.pause is not None:
            self.pause.wait(60)
        if self.failure is not None:
            raise self.failure
        self.invocations.append(asked)
        name = f"{asked['InferenceId']}-{len(self.invocations)}"
        return {
            "OutputLocation": f"s3://{self.bucket}/outputs/semantic/{name}.out",
            "FailureLocation": f"s3://{self.bucket}/failures/semantic/{name}-error.out",
        }


def refusal(code: str, status: int) -> ClientError:
    """What boto3 raises for an answer of AWS's."""
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "InvokeEndpointAsync")


class Stage:
    """One deployment: a bucket of its own, the app, and what a caller does with it."""

    def __init__(self, s3: Any, name: str, **environment: str) -> None:
        self.settings: Settings = read_settings({"JOBS_BUCKET": name, **ENVIRONMENT, **environment})
        self.s3 = s3
        self.s3.create_bucket(Bucket=name)
        self.bucket = Bucket(name, self.s3)
        self.runtime = Runtime(name)
        self.clock = Clock()
        self.app = self.app_with(self.s3)

    def app_with(self, s3: Any) -> Any:
        """The app of another environment of the same function, with an S3 client of its own."""
        return create_app(self.settings, Bucket(self.bucket.name, s3), Endpoints(self.runtime), self.clock)

    def submit(
        self,
        document: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        caller: str | None = None,
        app: Any = None,
    ) -> Answer:
        """POST /jobs; of one uploaded picture unless something else is asked."""
        asked = self.detect() if document is None else document
        headers = {} if key is None else {"Idempotency-Key": key}
        call = Call("/jobs", json.dumps(asked).encode(), headers=headers)
        return as_caller(caller, lambda: through_asgi(app or self.app, call)[0])

    def look(self, job: str, *, caller: str | None = None) -> Answer:
        """GET /jobs/{id}."""
        call = Call(f"/jobs/{job}", method="GET", content_type=None)
        return as_caller(caller, lambda: through_asgi(self.app, call)[0])

    def detect(self, **options: Any) -> dict[str, Any]:
        """A job about one upload."""
        picture = {"bucket": self.bucket.name, "key": "uploads/0123456789abcdef"}
        return {**DETECT, "request": {"s3": picture, **options}}

    def put(self, location: str, body: bytes | dict[str, Any]) -> None:
        """What the endpoint would write."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.bucket.write(location.removeprefix(f"s3://{self.bucket.name}/"), content)

    def locations(self, invocation: int = -1) -> tuple[str, str]:
        """Where an invocation was told its answer and its failure will be."""
        at = range(len(self.runtime.invocations))[invocation]
        name = f"{self.runtime.invocations[at]['InferenceId']}-{at + 1}"
        return f"outputs/semantic/{name}.out", f"failures/semantic/{name}-error.out"

    def stored(self, prefix: str = "") -> list[str]:
        """Of all objects."""
        found = self.s3.list_objects_v2(Bucket=self.bucket.name, Prefix=prefix).get("Contents", [])
        return sorted(entry["Key"] for entry in found)

    def document(self, key: str) -> Any:
        """An object."""
        stored = self.bucket.read(key)
        assert stored is not None, key
        return json.loads(stored.body)


def as_caller(caller: str | None, call: Callable[[], Answer]) -> Answer:
    """The call as one that the gateway has authenticated."""
    token = current.set(Invocation(caller=caller))
    try:
        return call()
    finally:
        current.reset(token)


def client(services: AwsServices) -> Any:
    """The S3 client as the function opens it; that takes a while."""
    options = dict(services.client_options)
    return open_clients(options.pop("region_name"), **options)[0]


def envelope(body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """The container's answer."""
    return {"status": status, "headers": {"x-request-id": "r1"}, "body": body}


def problem(code: str = "unknown_filter", status: int = 422) -> dict[str, Any]:
    """A route's refusal."""
    return {
        "type": f"urn:imajin:problem:{code}",
        "title": "A title",
        "status": status,
        "detail": 'a detail with "quotes" and {braces}',
        "code": code,
        "request_id": "r1",
        "pointer": "/requested_filters/0",
        "retryable": False,
    }
