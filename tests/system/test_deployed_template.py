"""The stack as CloudFormation makes it, called as its callers would: through the gateway, with its key.

The emulated account leaves `$context.requestId` as it stands in mock answers, and holds requests to no size. All calls
but the last test's fit into one burst of the stage's throttle.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.functions.calls import check_contract
from tests.system.deployed_stage import MAX_REQUEST_BYTES, Answer, DeployedStage

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def stage() -> Iterator[DeployedStage]:
    with DeployedStage() as deployed:
        yield deployed


def check_problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:imajin:problem:{code}"
    assert problem["request_id"]
    return problem


def test_anyone_may_ask_whether_it_is_there_and_no_function_is_called(stage: DeployedStage) -> None:
    answer = stage.call("GET", "/live", key="")
    assert (answer.status, answer.headers["content-type"], answer.json) == (
        200,
        "application/json",
        {"status": "alive"},
    )
    assert stage.invoked == []


@pytest.mark.parametrize("key", ["", "not-a-key-of-this-api-at-all"])
def test_without_a_key_nothing_is_answered(stage: DeployedStage, key: str) -> None:
    before = list(stage.invoked)
    for method, path in (("GET", "/semantic/info"), ("POST", "/"), ("POST", "/jobs"), ("GET", "/nowhere")):
        check_problem(stage.call(method, path, key=key), 403, "invalid_api_key")
    assert stage.invoked == before


def test_a_picture_as_it_is(stage: DeployedStage, picture: bytes) -> None:
    """Its bytes pass the gateway unharmed: they mean what they mean without one."""
    answer = stage.call("POST", "/semantic/detect?min_confidence=0.5", picture, content_type="image/jpeg")
    assert answer.status == 200
    check_contract("DetectResponse", answer.json)
    assert {"purple_hair", "hoodie"} <= {attribute["filter"] for attribute in answer.json["attributes"]}
    assert float(answer.headers["x-cost-usd"]) > 0


def test_the_root_is_for_labels(stage: DeployedStage) -> None:
    problem = check_problem(stage.call("POST", "/", b"{}", content_type="application/json"), 422, "invalid_request")
    assert problem["pointer"] == "/image_data"


def test_both_services_answer_under_their_names(stage: DeployedStage, picture: bytes) -> None:
    names = [stage.call("GET", f"/{name}/info").json["service"] for name in ("semantic", "aesthetic")]
    assert names == ["semantic", "aesthetic"]
    scored = stage.call(
        "POST", "/aesthetic/score?prompt=an%20adult%20in%20a%20hoodie", picture, content_type="image/jpeg"
    )
    assert scored.status == 200
    assert isinstance(scored.json["raw_score"], float)


def test_what_is_not_there_wakes_nothing(stage: DeployedStage, picture: bytes) -> None:
    before = list(stage.invoked)
    check_problem(stage.call("GET", "/nowhere"), 404, "not_found")
    check_problem(stage.call("POST", "/nowhere/at/all", picture, content_type="image/jpeg"), 404, "not_found")
    for path, allow in (("/", "POST"), ("/jobs", "POST"), ("/jobs/x", "GET"), ("/live", "GET")):
        answer = stage.call("DELETE", path)
        check_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == allow
    assert stage.invoked == before
    check_problem(stage.call("GET", "/semantic/nowhere"), 404, "not_found")
    assert stage.invoked != before, "below a service it is the service that knows its paths"


def test_a_body_over_the_limit_is_refused_and_the_next_request_served(stage: DeployedStage, picture: bytes) -> None:
    large = picture + bytes(MAX_REQUEST_BYTES)
    problem = check_problem(
        stage.call("POST", "/semantic/detect", large, content_type="image/jpeg"), 413, "payload_too_large"
    )
    assert problem["limit"] == MAX_REQUEST_BYTES
    assert stage.call("POST", "/semantic/detect", picture, content_type="image/jpeg").status == 200


def test_documentation_stands_behind_the_stages_path(stage: DeployedStage) -> None:
    page = stage.call("GET", "/semantic/docs", key="")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    contract = stage.call("GET", "/semantic/openapi.json", key="")
    assert contract.json["info"]["title"] == "imajin semantic"


def test_an_upload_is_read_by_the_service_it_is_named_to(stage: DeployedStage, picture: bytes) -> None:
    offer = stage.call(
        "POST", "/uploads", json.dumps({"content_type": "image/jpeg"}).encode(), content_type="application/json"
    )
    assert offer.status == 200
    posted = httpx.post(offer.json["url"], data=offer.json["fields"], files={"file": picture}, timeout=60)
    assert posted.is_success, posted.text
    question = {"s3": offer.json["s3"], "min_confidence": 0.5}
    found = stage.call("POST", "/semantic/detect", json.dumps(question).encode(), content_type="application/json")
    assert found.status == 200
    assert "hoodie" in {attribute["filter"] for attribute in found.json["attributes"]}


def test_a_job_for_a_gpu_that_is_not_there_says_how_to_turn_it_on(stage: DeployedStage) -> None:
    asked = {
        "function": "semantic",
        "route": "/detect",
        "request": {"s3": {"bucket": stage.bucket, "key": "uploads/0123456789abcdef0123456789abcdef"}},
    }
    answer = stage.call("POST", "/jobs", json.dumps(asked).encode(), content_type="application/json")
    problem = check_problem(answer, 409, answer.json["code"])
    assert "gpu" in problem["detail"].lower()


def test_too_many_requests_are_throttled_and_told_when_to_come_back(stage: DeployedStage) -> None:
    """After the burst, as soon as more were asked than a second's worth for every second since."""
    answers = [stage.call("GET", "/nowhere")]
    while answers[-1].status == 404 and len(answers) < 600:
        answers.append(stage.call("GET", "/nowhere"))
    assert answers[0].status == 404
    assert check_problem(answers[-1], 429, "throttled")["retryable"] is True
    assert answers[-1].headers["retry-after"] == "1"
