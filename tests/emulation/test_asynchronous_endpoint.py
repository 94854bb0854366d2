"""The stand-in for SageMaker, as boto3 calls it, in front of a container that says what it was given."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from emulation.asynchronous_endpoint import AsynchronousEndpoint
from emulation.asynchronous_invocations import Delivery, EndpointConfig
from emulation.aws_services import AwsServices

BUCKET = "imajin-jobs"
INPUT = f"s3://{BUCKET}/inputs/a.json"


@dataclass
class Container:
    """Answers an invocation with what `status` and `answer` say; not ready for its first pings."""

    status: int = 200
    answer: bytes = b'{"status": 200, "headers": {}, "body": {}}'
    pings: int = 0
    given: list[tuple[str, bytes]] = field(default_factory=list)

    def serve(self) -> ThreadingHTTPServer:
        container = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                container.pings += 1
                self.send_response(200 if container.pings > 2 else 503)
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                container.given.append((self.headers["content-type"], body))
                self.send_response(container.status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(container.answer)

            def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@dataclass
class Built:
    endpoint: AsynchronousEndpoint
    container: Container
    s3: Any
    runtime: Any
    read_messages: Callable[[str], list[dict[str, Any]]]

    def invoke(self, **options: Any) -> dict[str, Any]:
        asked = {"EndpointName": "semantic", "InputLocation": INPUT, "ContentType": "application/json"} | options
        answer: dict[str, Any] = self.runtime.invoke_endpoint_async(**asked)
        return answer

    def read(self, location: str) -> bytes | None:
        try:
            answer = self.s3.get_object(Bucket=BUCKET, Key=location.removeprefix(f"s3://{BUCKET}/"))
        except self.s3.exceptions.NoSuchKey:
            return None
        body: bytes = answer["Body"].read()
        return body


@pytest.fixture(scope="module")
def account() -> Iterator[AwsServices]:
    with AwsServices(SERVICES="s3,sns,sqs") as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="inputs/a.json", Body=b'{"route": "/detect", "body": {}}')
        yield running


@pytest.fixture
def built(account: AwsServices) -> Iterator[Built]:
    s3, sns, sqs = (account.client(service) for service in ("s3", "sns", "sqs"))
    topics = {name: sns.create_topic(Name=name)["TopicArn"] for name in ("success", "failure")}
    queues = {}
    for name, topic in topics.items():
        queues[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queues[name], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def read_messages(name: str) -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queues[name], MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    container = Container()
    server = container.serve()
    config = EndpointConfig(
        name="semantic",
        container_port=server.server_address[1],
        output_path=f"s3://{BUCKET}/outputs/semantic/",
        failure_path=f"s3://{BUCKET}/failures/semantic/",
        success_topic=topics["success"],
        error_topic=topics["failure"],
    )
    with AsynchronousEndpoint([config], Delivery(s3, sns)) as endpoint:
        options = account.client_options | {"endpoint_url": endpoint.url}
        yield Built(endpoint, container, s3, boto3.client("sagemaker-runtime", **options), read_messages)
    server.shutdown()
    server.server_close()
    for name, queue in queues.items():
        sqs.delete_queue(QueueUrl=queue)
        sns.delete_topic(TopicArn=topics[name])


def test_an_invocation_is_run_when_the_container_is_ready(built: Built) -> None:
    taken = built.invoke(InferenceId="job-1")
    assert taken["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert taken["InferenceId"] == "job-1"
    assert taken["OutputLocation"].startswith(f"s3://{BUCKET}/outputs/semantic/")
    built.endpoint.wait_until_idle()
    assert built.container.pings == 3
    assert built.container.given == [("application/json", b'{"route": "/detect", "body": {}}')]
    assert built.read(taken["OutputLocation"]) == built.container.answer
    assert built.read(taken["FailureLocation"]) is None
    (message,) = built.read_messages("success")
    assert built.read_messages("failure") == []
    assert message.pop("eventTime") >= message.pop("receivedTime")
    assert message == {
        "awsRegion": "us-east-1",
        "invocationStatus": "Completed",
        "requestParameters": {
            "contentType": "application/json",
            "endpointName": "semantic",
            "inputLocation": INPUT,
        },
        "responseParameters": {"contentType": "application/json", "outputLocation": taken["OutputLocation"]},
        "inferenceId": "job-1",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def test_a_failure_is_written_and_told(built: Built) -> None:
    built.container.status, built.container.answer = 503, b'{"code": "model_unavailable"}'
    taken = built.invoke(InferenceId="job-2")
    built.endpoint.wait_until_idle()
    assert built.read(taken["OutputLocation"]) is None
    written = built.read(taken["FailureLocation"])
    assert written is not None
    assert b'(503) from primary with message "{"code": "model_unavailable"}"' in written
    (message,) = built.read_messages("failure")
    assert (message["invocationStatus"], message["inferenceId"]) == ("Failed", "job-2")
    assert "responseParameters" not in message
    assert built.read_messages("success") == []


def test_at_least_once_may_be_twice(built: Built) -> None:
    built.endpoint.deliveries = 2
    taken = built.invoke()
    built.endpoint.wait_until_idle()
    assert len(built.container.given) == 2
    told = [message["responseParameters"]["outputLocation"] for message in built.read_messages("success")]
    assert told == [taken["OutputLocation"]] * 2


def test_without_an_instance_it_waits_and_what_waits_too_long_expires(built: Built) -> None:
    built.endpoint.stop_instances()
    old = built.invoke(RequestTTLSeconds=60, InferenceId="old")
    built.endpoint.advance(61)
    new = built.invoke(RequestTTLSeconds=60, InferenceId="new")
    assert built.container.given == []
    built.endpoint.start_instances()
    built.endpoint.wait_until_idle()
    assert len(built.container.given) == 1
    assert built.read(old["OutputLocation"]) is built.read(old["FailureLocation"]) is None
    assert built.read(new["OutputLocation"]) is not None
    (message,) = built.read_messages("failure")
    assert (message["inferenceId"], message["invocationStatus"]) == ("old", "Failed")
    assert "expired" in message["failureReason"]


def test_an_input_that_is_not_there_fails(built: Built) -> None:
    built.invoke(InputLocation=f"s3://{BUCKET}/inputs/none.json")
    built.endpoint.wait_until_idle()
    (message,) = built.read_messages("failure")
    assert "S3" in message["failureReason"]


def test_a_container_that_says_nothing_fails(built: Built) -> None:
    built.container.status, built.container.answer = 500, b""
    taken = built.invoke()
    built.endpoint.wait_until_idle()
    assert b"Received server error (500)" in (built.read(taken["FailureLocation"]) or b"")


def test_an_endpoint_that_is_not_there_is_a_validation_error(built: Built) -> None:
    with pytest.raises(ClientError) as caught:
        built.invoke(EndpointName="other")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
