"""SageMaker's asynchronous inference, as far as it is documented, in front of containers that run here.

boto3's `sagemaker-runtime` client is pointed at `url`. An invocation is queued, its input read from S3, given to the
container's `POST /invocations` once `GET /ping` says 200, and the answer written to S3 and told to an SNS topic.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from types import TracebackType
from typing import Any, Final, Self

from emulation.asynchronous_invocations import Delivery, EndpointConfig, Request
from emulation.errors import EmulationError

_PREFIX: Final = "X-Amzn-SageMaker-"


@dataclass
class AsynchronousEndpoint:
    """The endpoints of one account.

    - `stop_instances` takes the capacity away, as scaling to zero does: invocations wait until `start_instances`.
    - `deliveries` is how often each of the following invocations is run: the service promises at least once.
    - `advance` moves the endpoints' clock, for requests that wait longer than they may.
    """

    endpoints: Sequence[EndpointConfig]
    delivery: Delivery
    deliveries: int = 1
    _queues: dict[str, Queue[Request]] = field(default_factory=dict)
    _capacity: threading.Event = field(default_factory=threading.Event)
    _ahead_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._capacity.set()
        self._configs = {config.name: config for config in self.endpoints}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                status, headers, body = service.invoke(self.path, dict(self.headers.items()))
                content = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Type": "application/json"}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Nothing: paths are of no interest."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The `endpoint_url` for boto3's client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True, name="sagemaker-runtime").start()
        for name, config in self._configs.items():
            self._queues[name] = Queue()
            for instance in range(config.concurrency):
                thread = threading.Thread(target=self._work, args=(name,), daemon=True, name=f"{name}-{instance}")
                thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def stop_instances(self) -> None:
        """No capacity from now on; what is being worked on is finished."""
        self._capacity.clear()

    def start_instances(self) -> None:
        """Capacity again."""
        self._capacity.set()

    def advance(self, seconds: float) -> None:
        """Moves the clock that requests age by."""
        self._ahead_seconds += seconds

    def wait_until_idle(self, timeout_seconds: float = 120) -> None:
        """Returns when every invocation was worked on. Raises EmulationError if that takes longer."""
        deadline = time.monotonic() + timeout_seconds
        while any(queue.unfinished_tasks for queue in self._queues.values()):
            if time.monotonic() > deadline:
                raise EmulationError("the endpoint has not worked off its queue in time")
            time.sleep(0.01)

    def invoke(self, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], dict[str, str]]:
        """InvokeEndpointAsync: the status, headers and body of its answer."""
        given = {name.lower(): value for name, value in headers.items()}

        def header(name: str, default: str) -> str:
            return given.get(f"{_PREFIX}{name}".lower(), default)

        parts = path.strip("/").split("/")
        if len(parts) != 3 or parts[0] != "endpoints" or parts[2] != "async-invocations":
            return _refusal("UnknownOperationException", "there is no such operation")
        if parts[1] not in self._configs:
            return _refusal("ValidationError", f"Endpoint {parts[1]} of account 000000000000 not found.")
        location = header("InputLocation", "")
        if not location.startswith("s3://"):
            return _refusal("ValidationError", "InputLocation must be an S3 URI")
        config, name = self._configs[parts[1]], uuid.uuid4()
        request = Request(
            inference_id=header("Inference-Id", str(uuid.uuid4())),
            input_location=location,
            output_location=f"{config.output_path.rstrip('/')}/{name}.out",
            failure_location=f"{config.failure_path.rstrip('/')}/{name}-error.out",
            content_type=header("Content-Type", "application/octet-stream"),
            ttl_seconds=int(header("RequestTTLSeconds", "21600")),
            timeout_seconds=int(header("InvocationTimeoutSeconds", "900")),
            received=self._now(),
        )
        for _ in range(self.deliveries):
            self._queues[parts[1]].put(request)
        locations = {
            f"{_PREFIX}OutputLocation": request.output_location,
            f"{_PREFIX}FailureLocation": request.failure_location,
        }
        return HTTPStatus.ACCEPTED, locations, {"InferenceId": request.inference_id}

    def _work(self, name: str) -> None:
        queue, config = self._queues[name], self._configs[name]
        while True:
            request = queue.get()
            try:
                self._capacity.wait()
                self.delivery.deliver(config, request, self._now())
            finally:
                queue.task_done()

    def _now(self) -> float:
        return time.time() + self._ahead_seconds


def _refusal(code: str, message: str) -> tuple[int, dict[str, str], dict[str, str]]:
    return HTTPStatus.BAD_REQUEST, {"x-amzn-ErrorType": code}, {"message": message}
