"""A job from upload to result: the jobs handler under Lambda's emulator, S3 and SNS emulated, the project's own driver
for SageMaker, and behind it the semantic service's GPU container, here on the processor."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import taxonomy
from emulation.asynchronous_endpoint import AsynchronousEndpoint
from emulation.asynchronous_invocations import Delivery, EndpointConfig
from emulation.aws_services import REGION, AwsServices
from emulation.execution_environment import ExecutionEnvironment
from emulation.gateway_events import rest_event
from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.jobs.api import create_app
from functions.jobs.aws import Bucket, Endpoints, open_clients
from functions.jobs.settings import read_settings
from tests.functions.calls import Call, through_asgi
from tests.functions.gpu_artifacts import write_semantic
from tests.functions.jobs.stage import as_caller
from tests.system.answers import http_answer

pytestmark = pytest.mark.system

BUCKET = "imajin-jobs"
ENDPOINT = "Imajin-dev-semantic"
# Who calls, in the saved event that every call here is made of.
CALLER = "apiKeyId:k1l2m3n4o5"
START_SECONDS = 180
# As long as SageMaker waits before it kills.
STOP_SECONDS = 30


@dataclass
class Deployment:
    """What a caller of the API sees, and what the account holds."""

    handler: ExecutionEnvironment
    endpoint: AsynchronousEndpoint
    container: str
    services: AwsServices
    queues: dict[str, str]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and body of an API call."""
        event = rest_event(method, path, body)
        event["headers"] |= headers
        event["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
        answer = http_answer(self.handler.invoke(event))
        return answer.status, answer.body

    def upload(self, picture: bytes) -> dict[str, str]:
        """Puts a picture where a job can name it, as a browser would."""
        status, form = self.call("POST", "/uploads", {"content_type": "image/jpeg"})
        assert status == 200, form
        posted = httpx.post(form["url"], data=form["fields"], files={"file": ("picture.jpg", picture)}, timeout=60)
        assert posted.status_code == 204, posted.text
        place: dict[str, str] = form["s3"]
        return place

    def submit(self, route: str, request: dict[str, Any], **headers: str) -> str:
        """A job that is taken."""
        asked = {"function": "semantic", "route": route, "request": request}
        status, job = self.call("POST", "/jobs", asked, **headers)
        assert (status, job["status"]) == (202, "queued"), job
        taken: str = job["id"]
        return taken

    def finished(self, job: str) -> Any:
        """The job, once the endpoint has worked off all it had."""
        self.endpoint.wait_until_idle()
        status, found = self.call("GET", f"/jobs/{job}")
        assert status == 200, found
        return found

    def told(self, topic: str) -> list[dict[str, Any]]:
        """What was published since the last look."""
        sqs, messages = self.services.client("sqs"), []
        while found := sqs.receive_message(QueueUrl=self.queues[topic], MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                messages.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queues[topic], ReceiptHandle=message["ReceiptHandle"])
        return messages


def credentials(services: AwsServices) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": services.url,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def container(services: AwsServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of `python -m functions.semantic.gpu serve`, around towers with random weights and real prompts."""
    artifacts = write_semantic(tmp_path_factory.mktemp("artifacts") / "semantic", taxonomy.load())
    port, log = free_port(), tmp_path_factory.mktemp("log") / "container.log"
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "GPU_DEVICE": "cpu",
        "INSTANCE_TYPE": "ml.g5.xlarge",
        "INFERENCE_THREADS": "1",
        "SEMANTIC_ARTIFACTS": str(artifacts),
        "ALLOWED_S3": f"{BUCKET}/uploads",
        **credentials(services),
    }
    command = [sys.executable, "-m", "functions.semantic.gpu", "serve"]
    with log.open("wb") as output:
        running = subprocess.Popen(
            command, cwd=REPOSITORY_ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(port, running, log)
        yield port
    finally:
        running.terminate()
        try:
            status = running.wait(STOP_SECONDS)
        finally:
            running.kill()
            running.wait()
    assert status == 0, log.read_text()


def wait_until_ready(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ping").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the container is not ready:\n{log.read_text()}")


@pytest.fixture(scope="module")
def services() -> Iterator[AwsServices]:
    with AwsServices(SERVICES="s3,sns,sqs") as running:
        running.client("s3").create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture(scope="module")
def deployment(services: AwsServices, container: int) -> Iterator[Deployment]:
    sns, sqs = services.client("sns"), services.client("sqs")
    topics, queues = {}, {}
    for name in ("success", "failure"):
        topics[name] = sns.create_topic(Name=name)["TopicArn"]
        queues[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queues[name], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topics[name], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    config = EndpointConfig(
        name=ENDPOINT,
        container_port=container,
        output_path=f"s3://{BUCKET}/outputs/semantic/",
        failure_path=f"s3://{BUCKET}/failures/semantic/",
        success_topic=topics["success"],
        error_topic=topics["failure"],
        concurrency=2,
    )
    with AsynchronousEndpoint([config], Delivery(services.client("s3"), sns)) as endpoint:
        environment = {
            "JOBS_BUCKET": BUCKET,
            "JOBS_SEMANTIC_ENDPOINT": ENDPOINT,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": endpoint.url,
            **credentials(services),
        }
        with ExecutionEnvironment("functions.jobs.handler.handler", environment, memory_mb=1024) as handler:
            yield Deployment(handler, endpoint, f"http://127.0.0.1:{container}", services, queues)


@pytest.fixture
def upload(deployment: Deployment, picture: bytes) -> dict[str, str]:
    return deployment.upload(picture)


def test_from_upload_to_result(deployment: Deployment, upload: dict[str, str], picture: bytes) -> None:
    asked = {"requested_filters": ["kimono", "blue_hair"]}
    job = deployment.submit("/align", {"s3": upload, **asked}, **{"Idempotency-Key": "one"})
    done = deployment.finished(job)
    assert (done["status"], done["problem"]) == ("done", None)
    inline = asked | {"image_base64": base64.b64encode(picture).decode()}
    direct = httpx.post(f"{deployment.container}/align", json=inline, timeout=60).json()
    for key in ("scores", "alignment_score", "is_aligned", "matched_filters", "missing_filters", "model"):
        assert done["result"][key] == direct[key], key
    assert done["result"]["cost"]["instance"] is not None, "of the GPU's time"
    assert done["cost"]["memory_mb"] == 1024, "of the look"
    (message,) = deployment.told("success")
    assert (message["inferenceId"], message["invocationStatus"]) == (job, "Completed")
    again = deployment.call(
        "POST",
        "/jobs",
        {"function": "semantic", "route": "/align", "request": {"s3": upload, **asked}},
        **{"Idempotency-Key": "one"},
    )
    assert (again[0], again[1]["id"], again[1]["result"]) == (200, job, done["result"])
    assert deployment.told("success") == [], "it was not run again"


def test_a_callers_mistake_comes_back_as_it_was_said(deployment: Deployment, upload: dict[str, str]) -> None:
    request = {"requested_filters": ["kimmono"]}
    failed = deployment.finished(deployment.submit("/align", {"s3": upload, **request}))
    assert (failed["status"], failed["result"]) == ("failed", None)
    direct = httpx.post(f"{deployment.container}/align", json=request | {"image_base64": "AAAA"}, timeout=60).json()
    expected = direct | {"request_id": failed["problem"]["request_id"]}
    assert {key: value for key, value in failed["problem"].items() if value is not None} == expected
    assert failed["problem"]["code"] == "unknown_filter"


def test_a_fault_of_the_service_comes_back_as_it_was_said(deployment: Deployment, upload: dict[str, str]) -> None:
    """This artifact has no text tower: a 5xx, which SageMaker writes where failures go."""
    deployment.told("failure")
    job = deployment.submit("/classify", {"s3": upload, "labels": ["a kite"]})
    failed = deployment.finished(job)
    assert failed["status"] == "failed"
    assert (failed["problem"]["code"], failed["problem"]["status"]) == ("not_implemented", 501)
    assert failed["problem"]["request_id"] == job
    (message,) = deployment.told("failure")
    assert (message["inferenceId"], message["invocationStatus"]) == (job, "Failed")


def test_a_picture_that_is_not_there(deployment: Deployment) -> None:
    place = {"bucket": BUCKET, "key": "uploads/none"}
    failed = deployment.finished(deployment.submit("/detect", {"s3": place}))
    assert (failed["problem"]["code"], failed["problem"]["pointer"]) == ("object_unreadable", "/s3")


def test_delivered_twice_it_has_one_result(deployment: Deployment, upload: dict[str, str]) -> None:
    deployment.told("success")
    deployment.endpoint.deliveries = 2
    job = deployment.submit("/batch", {"images": [{"s3": upload}, {"s3": upload, "id": "second"}]})
    deployment.endpoint.deliveries = 1
    first = deployment.finished(job)
    assert first["status"] == "done"
    told = deployment.told("success")
    assert [message["inferenceId"] for message in told] == [job, job]
    assert len({message["responseParameters"]["outputLocation"] for message in told}) == 1
    # A third delivery would write another time and cost over the answer.
    location = told[0]["responseParameters"]["outputLocation"].removeprefix(f"s3://{BUCKET}/")
    s3 = deployment.services.client("s3")
    s3.put_object(Bucket=BUCKET, Key=location, Body=json.dumps({"status": 200, "headers": {}, "body": {}}).encode())
    assert deployment.finished(job)["result"] == first["result"]
    assert [item["status"] for item in first["result"]["results"]] == ["ok", "ok"]


def test_expired_when_no_gpu_comes_to_it(deployment: Deployment, upload: dict[str, str]) -> None:
    deployment.told("failure")
    deployment.endpoint.stop_instances()
    job = deployment.submit("/detect", {"s3": upload})
    assert deployment.call("GET", f"/jobs/{job}")[1]["status"] == "queued"
    deployment.endpoint.advance(6 * 3600 + 1)
    deployment.endpoint.start_instances()
    deployment.endpoint.wait_until_idle()
    (message,) = deployment.told("failure")
    assert message["inferenceId"] == job
    # An environment of the same function, seven hours on.
    options = dict(deployment.services.client_options)
    s3, runtime = open_clients(options.pop("region_name"), **options)
    settings = read_settings({"JOBS_BUCKET": BUCKET, "JOBS_SEMANTIC_ENDPOINT": ENDPOINT})
    later = create_app(settings, Bucket(BUCKET, s3), Endpoints(runtime), lambda: time.time() + 7 * 3600)
    look = Call(f"/jobs/{job}", method="GET", content_type=None)
    answer = as_caller(CALLER, lambda: through_asgi(later, look)[0])
    assert (answer.status, answer.json["status"]) == (200, "expired")
    assert deployment.finished(job)["status"] == "expired", "and from then on for everybody"


def test_nothing_a_caller_sent_is_in_the_log(deployment: Deployment, upload: dict[str, str]) -> None:
    asked = {"function": "semantic", "route": "/detect", "request": {"s3": upload, "include": ["SECRET"]}}
    invocation = deployment.handler.invoke(rest_event("POST", "/jobs", asked))
    assert invocation.report is not None
    assert '"route": "/jobs"' in invocation.log or '\\"route\\": \\"/jobs\\"' in invocation.log
    assert "SECRET" not in invocation.log
    assert upload["key"] not in invocation.log
