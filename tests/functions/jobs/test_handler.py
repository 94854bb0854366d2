"""The Lambda entry point: paths as the API has them, and whom it has authenticated."""

import asyncio
import json
from typing import Any

import pytest

from functions.common.gateway import LambdaHandler
from tests.functions.calls import Answer, Call, LambdaContext, check_problem, lambda_answer, rest_event
from tests.functions.jobs.stage import Stage


@pytest.fixture
def handler(stage: Stage, loop: asyncio.AbstractEventLoop) -> LambdaHandler:
    """In the loop that all Lambda handlers of a session share, in place of one of its own."""
    made = LambdaHandler(stage.app, base_path="/", provisioned=True)
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(loop)
    return made


def sent(handler: LambdaHandler, call: Call, resource: str, parameters: dict[str, str] | None, key: str) -> Answer:
    event: dict[str, Any] = rest_event(call) | {"resource": resource, "pathParameters": parameters}
    event["requestContext"]["identity"] = {"apiKeyId": key, "caller": None}
    return lambda_answer(handler(event, LambdaContext()))


def test_a_job_by_way_of_the_gateway(handler: LambdaHandler, stage: Stage) -> None:
    submitted = Call("/jobs", json.dumps(stage.detect()).encode(), headers={"Idempotency-Key": "k"})
    ours = sent(handler, submitted, "/jobs", None, "a")
    theirs = sent(handler, submitted, "/jobs", None, "b")
    assert (ours.status, theirs.status) == (202, 202)
    assert ours.json["id"] != theirs.json["id"]
    assert ours.headers["location"] == f"jobs/{ours.json['id']}"
    looked = Call(f"/jobs/{ours.json['id']}", method="GET", content_type=None)
    parameters = {"id": ours.json["id"]}
    assert sent(handler, looked, "/jobs/{id}", parameters, "a").json["status"] == "queued"
    check_problem(sent(handler, looked, "/jobs/{id}", parameters, "b"), 404, "unknown_job")


def test_an_upload_by_way_of_the_gateway(handler: LambdaHandler, stage: Stage) -> None:
    call = Call("/uploads", b'{"content_type": "image/webp"}')
    answer = sent(handler, call, "/uploads", None, "a")
    assert answer.status == 200
    assert answer.json["s3"]["bucket"] == stage.bucket.name
