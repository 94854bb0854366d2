"""POST /jobs: what is handed to the endpoint, and what is refused before it costs anything."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.jobs.schemas import ROUTES
from tests.functions.calls import Call, check_problem, through_asgi
from tests.functions.jobs.stage import Stage, refusal

ELSEWHERE = {"bucket": "pictures", "key": "private/a.png"}


def test_a_job_is_taken(stage: Stage) -> None:
    answer = stage.submit(stage.detect(min_confidence=0.5))
    assert answer.status == 202
    job = answer.json
    assert answer.headers["location"] == f"jobs/{job['id']}"
    assert int(answer.headers["retry-after"]) > 0
    assert (job["function"], job["route"], job["status"]) == ("semantic", "/detect", "queued")
    assert job["result"] is job["problem"] is None
    assert job["cost"]["usd"] == answer.headers["x-cost-usd"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_endpoint_is_told_where_its_input_is(stage: Stage) -> None:
    asked = stage.detect(include=["kimono", "着物"])
    job = stage.submit(asked).json["id"]
    assert stage.runtime.invocations == [
        {
            "EndpointName": "Imajin-dev-semantic",
            "InputLocation": f"s3://{stage.bucket.name}/inputs/{job}.json",
            "ContentType": "application/json",
            "InferenceId": job,
            "RequestTTLSeconds": 21_600,
            "InvocationTimeoutSeconds": 900,
        }
    ]
    assert stage.document(f"inputs/{job}.json") == {"route": "/detect", "body": asked["request"]}


def test_what_is_within_the_limit_here_is_within_the_containers(deploy: Callable[..., Stage]) -> None:
    """Which takes as many bytes, and is given the request in other words."""
    limit = 40_000
    stage = deploy(MAX_REQUEST_BYTES=str(limit))
    asked = json.dumps({**stage.detect(), "request": {"labels": ["着物"] * 2800, "numbers": [1] * 7300}})
    body = json.dumps(json.loads(asked), ensure_ascii=False, separators=(",", ":")).encode()
    assert 0.99 * limit < len(body) <= limit
    answer = through_asgi(stage.app, Call("/jobs", body))[0]
    assert answer.status == 202
    stored = stage.bucket.read(f"inputs/{answer.json['id']}.json")
    assert stored is not None
    assert len(stored.body) <= limit


def test_a_job_looks_the_same_from_then_on(stage: Stage) -> None:
    taken = stage.submit().json
    looked = stage.look(taken["id"])
    assert looked.status == 200
    assert int(looked.headers["retry-after"]) > 0
    described = ("id", "function", "route", "status", "created_at", "kept_until", "result", "problem")
    assert {key: looked.json[key] for key in described} == {key: taken[key] for key in described}


@pytest.mark.parametrize(("function", "route"), [(name, route) for name, routes in ROUTES.items() for route in routes])
def test_every_route_of_both_services(deploy: Callable[..., Stage], function: str, route: str) -> None:
    stage = deploy(JOBS_AESTHETIC_ENDPOINT="Imajin-dev-aesthetic")
    answer = stage.submit({"function": function, "route": route, "request": {}})
    assert answer.status == 202, answer.json
    assert stage.runtime.invocations[0]["EndpointName"] == f"Imajin-dev-{function}"


def test_without_the_gpu_the_answer_says_how_to_turn_it_on(stage: Stage) -> None:
    answer = stage.submit({"function": "aesthetic", "route": "/score", "request": {"prompt": "a"}})
    assert "aesthetic.gpu.enabled" in check_problem(answer, 409, "gpu_not_deployed")["detail"]
    assert stage.stored() == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"function": "other"}, "/function"),
        ({"route": "/info"}, "/route"),
        ({"route": "/score"}, ""),
        ({"request": []}, "/request"),
        ({"request": None}, "/request"),
        ({"priority": 1}, ""),
    ],
)
def test_what_is_no_job_is_refused(stage: Stage, change: dict[str, Any], pointer: str) -> None:
    problem = check_problem(stage.submit(stage.detect() | change), 422, "invalid_request")
    assert problem.get("pointer", "") == pointer
    assert stage.stored() == []


def test_a_body_over_the_limit_is_refused(deploy: Callable[..., Stage]) -> None:
    stage = deploy(MAX_REQUEST_BYTES="1024")
    answer = stage.submit(stage.detect(image="x" * 2000))
    check_problem(answer, 413, "payload_too_large")


@pytest.mark.parametrize(
    ("request_body", "pointer"),
    [
        ({"s3": ELSEWHERE}, "/request/s3"),
        (
            {"images": [{"s3": {"bucket": "pictures", "key": "approved/a.png"}}, {"s3": ELSEWHERE}]},
            "/request/images/1/s3",
        ),
        ({"a/b": {"c~d": [{"s3": ELSEWHERE}]}}, "/request/a~1b/c~0d/0/s3"),
        ({"s3": {"bucket": "pictures", "key": "approved/../private/a.png"}}, "/request/s3"),
        ({"s3": {"bucket": "pictures", "key": "approvedby/a.png"}}, "/request/s3"),
    ],
    ids=["elsewhere", "second of a batch", "any depth", "dots", "half a segment"],
)
def test_pictures_lie_where_they_may(stage: Stage, request_body: dict[str, Any], pointer: str) -> None:
    answer = stage.submit({"function": "semantic", "route": "/batch", "request": request_body})
    assert check_problem(answer, 403, "s3_blocked")["pointer"] == pointer
    assert stage.stored() == []


def test_the_jobs_own_records_are_no_pictures(stage: Stage) -> None:
    for prefix in ("jobs", "inputs", "outputs/semantic", "uploads/..", "uploadsx"):
        place = {"bucket": stage.bucket.name, "key": f"{prefix}/a.json"}
        check_problem(stage.submit({**stage.detect(), "request": {"s3": place}}), 403, "s3_blocked")


def test_what_the_route_would_refuse_is_left_to_it(stage: Stage) -> None:
    """A job fails with the route's own words; only what is not allowed is refused here."""
    for source in ({"s3": "uploads/a"}, {"s3": {"bucket": "b"}}, {"image_url": "http://127.0.0.1"}, {}):
        assert stage.submit({**stage.detect(), "request": source}).status == 202


def test_a_deeply_nested_request_is_refused_or_taken_and_never_a_fault(stage: Stage) -> None:
    for depth in (100, 900, 50_000):
        body = b'{"function":"semantic","route":"/detect","request":{"a":' + b"[" * depth + b"]" * depth + b"}}"
        assert through_asgi(stage.app, Call("/jobs", body))[0].status in {202, 400, 422}


@pytest.mark.parametrize("code", ["ThrottlingException", "ValidationError", "AccessDeniedException"])
def test_an_endpoint_that_does_not_take_it_is_ours(stage: Stage, code: str) -> None:
    stage.runtime.failure = refusal(code, 400)
    answer = stage.submit()
    check_problem(answer, 503, "endpoint_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_a_bucket_that_fails_is_ours(stage: Stage) -> None:
    stage.s3.delete_bucket(Bucket=stage.bucket.name)
    for answer in (stage.submit(), stage.submit(key="k"), stage.look("0" * 32)):
        check_problem(answer, 503, "storage_unavailable")


def test_nothing_of_a_caller_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="functions")
    word = "SECRET"
    place = {"bucket": stage.bucket.name, "key": f"uploads/{word}"}
    asked = {**stage.detect(), "request": {"s3": place, "labels": [word], "image_url": f"https://x/?{word}"}}
    stage.submit(asked, key=word)
    stage.submit(asked | {"route": f"/{word}"})
    stage.submit({**asked, "request": {"s3": {"bucket": "pictures", "key": word}}})
    stage.look(word)
    stage.runtime.failure = refusal("ValidationError", 400)
    stage.submit(asked)
    stage.s3.delete_objects(Bucket=stage.bucket.name, Delete={"Objects": [{"Key": key} for key in stage.stored()]})
    stage.s3.delete_bucket(Bucket=stage.bucket.name)
    stage.submit(asked)
    assert "/jobs" in caplog.text
    assert word not in caplog.text


def test_records_hold_nothing_of_the_request(stage: Stage) -> None:
    job = stage.submit(stage.detect(labels=["SECRET"]), key="SECRET").json["id"]
    records = [json.dumps(stage.document(key)) for key in stage.stored("jobs/")]
    assert len(records) == 2
    assert not any("SECRET" in record or "uploads" in record for record in records)
    assert stage.stored("inputs/") == [f"inputs/{job}.json"]
