"""GET /jobs/{id}: the four ways a job can be, and that it ends in one of them for good."""

import json
from typing import Any

import pytest

from functions.jobs.outcomes import MAX_RESULT_BYTES
from functions.jobs.submission import EXPIRY_MARGIN_SECONDS
from tests.functions.calls import Answer, Call, check_problem, through_asgi
from tests.functions.jobs.stage import Stage, envelope, problem, refusal

DAY = 24 * 3600
# As long as a job may wait and run.
TIME_SECONDS = 21_600 + 900
QUOTED = 'Received server error (500) from primary with message "{}". See the log for more information.'


def begin(stage: Stage) -> str:
    job: str = stage.submit().json["id"]
    return job


def ended(answer: Answer, status: str) -> Any:
    assert answer.status == 200
    assert "retry-after" not in answer.headers
    assert answer.json["status"] == status
    return answer.json["result"] if status == "done" else answer.json["problem"]


def test_done_with_the_routes_own_answer(stage: Stage) -> None:
    job = begin(stage)
    result = {"attributes": [{"filter": "kimono", "logit": 1.5}], "cost": {"usd": "0.001"}, "request_id": "r1"}
    stage.put(stage.locations()[0], envelope(result))
    assert ended(stage.look(job), "done") == result


@pytest.mark.parametrize("status", [403, 415, 422])
def test_failed_with_the_routes_own_refusal(stage: Stage, status: int) -> None:
    job = begin(stage)
    stage.put(stage.locations()[0], envelope(problem(status=status), status))
    assert ended(stage.look(job), "failed") == problem(status=status)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(problem("model_unavailable", 503)),
        QUOTED.format(json.dumps(problem("model_unavailable", 503))),
        "{} {not json} " + QUOTED.format(json.dumps(problem("model_unavailable", 503))),
    ],
    ids=["as it is", "quoted", "after other braces"],
)
def test_failed_with_the_problem_in_what_sagemaker_wrote(stage: Stage, text: str) -> None:
    job = begin(stage)
    stage.put(stage.locations()[1], text.encode())
    found = ended(stage.look(job), "failed")
    assert (found["code"], found["status"], found["request_id"]) == ("model_unavailable", 503, "r1")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"{" * 100_000,
        QUOTED.format("Your invocation timed out while waiting for a response from container").encode(),
        QUOTED.format(json.dumps(problem())[:100]).encode(),
        json.dumps({"code": "x"}).encode(),
    ],
    ids=["nothing", "no text", "braces", "timed out", "cut off", "not one"],
)
def test_failed_without_a_problem_is_ours(stage: Stage, text: bytes) -> None:
    job = begin(stage)
    stage.put(stage.locations()[1], text)
    found = ended(stage.look(job), "failed")
    assert (found["code"], found["status"], found["request_id"]) == ("internal_error", 500, job)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"status": 200}', b'{"status": "200", "body": {}}', b'{"status": 200, "body": []}', b"\xff"],
)
def test_an_answer_that_is_none_is_ours(stage: Stage, body: bytes) -> None:
    job = begin(stage)
    stage.put(stage.locations()[0], body)
    assert ended(stage.look(job), "failed")["code"] == "internal_error"


def test_an_answer_too_large_to_hand_on_says_so(stage: Stage) -> None:
    job = begin(stage)
    stage.put(stage.locations()[0], envelope({"a": "x" * MAX_RESULT_BYTES}))
    found = ended(stage.look(job), "failed")
    assert (found["code"], found["limit"]) == ("payload_too_large", MAX_RESULT_BYTES)


def test_expired_when_the_time_to_wait_and_to_run_is_over(stage: Stage) -> None:
    job = begin(stage)
    stage.clock.pass_by(TIME_SECONDS + EXPIRY_MARGIN_SECONDS - 1)
    assert stage.look(job).json["status"] == "queued"
    stage.clock.pass_by(2)
    assert ended(stage.look(job), "expired") is None


def test_expired_when_sagemaker_gives_up_after_the_time_to_wait(stage: Stage) -> None:
    stage.clock.pass_by(-21_700)
    job = begin(stage)
    stage.clock.pass_by(21_700)
    stage.put(stage.locations()[1], b"the request expired before it was processed")
    assert ended(stage.look(job), "expired") is None


def test_run_twice_it_ends_once(stage: Stage) -> None:
    """The second answer is written over the first, with another request id, time and cost."""
    job = begin(stage)
    answer, failure = stage.locations()
    stage.put(answer, envelope({"attributes": [], "request_id": "first"}))
    first = stage.look(job).json["result"]
    stage.put(answer, envelope({"attributes": [], "request_id": "second"}))
    stage.put(failure, json.dumps(problem()).encode())
    assert stage.look(job).json["result"] == first == {"attributes": [], "request_id": "first"}


def test_run_twice_once_in_vain(stage: Stage) -> None:
    job, other = begin(stage), begin(stage)
    for at in (0, 1):
        stage.put(stage.locations(at)[1], json.dumps(problem()).encode())
    assert ended(stage.look(job), "failed")["code"] == "unknown_filter"
    for at in (0, 1):
        stage.put(stage.locations(at)[0], envelope({"attributes": []}))
    # What was told stays; where nothing was told yet, the answer counts.
    assert ended(stage.look(job), "failed")["code"] == "unknown_filter"
    assert ended(stage.look(other), "done") == {"attributes": []}


def test_an_outcome_that_another_environment_saw_first_is_the_one(stage: Stage) -> None:
    job = begin(stage)
    stage.put(stage.locations()[0], envelope({"seen": "second"}))
    put = stage.s3.put_object

    class Slower:
        def __getattr__(self, name: str) -> Any:
            return getattr(stage.s3, name)

        def put_object(self, **asked: Any) -> Any:
            if asked["Key"].endswith("outcome.json"):
                first = {"status": "done", "result": {"seen": "first"}, "problem": None}
                put(Bucket=asked["Bucket"], Key=asked["Key"], Body=json.dumps(first).encode())
            return put(**asked)

    stage.app = stage.app_with(Slower())
    assert ended(stage.look(job), "done") == {"seen": "first"}


@pytest.mark.parametrize("job", ["0" * 32, "x", "keys", "..", "0" * 31 + "G", "%00"])
def test_an_id_of_no_job_is_unknown(stage: Stage, job: str) -> None:
    check_problem(stage.look(job), 404, "not_found" if job == ".." else "unknown_job")


def test_a_job_is_asked_for_without_parameters(stage: Stage) -> None:
    call = Call(f"/jobs/{'0' * 32}", method="GET", content_type=None, query="wait=true")
    assert check_problem(through_asgi(stage.app, call)[0], 422, "invalid_request")["pointer"] == ""


def test_anothers_job_is_unknown(stage: Stage) -> None:
    job = stage.submit(caller="apiKeyId:a").json["id"]
    assert stage.look(job, caller="apiKeyId:a").status == 200
    unknown = check_problem(stage.look("0" * 32), 404, "unknown_job")["detail"]
    for caller in ("apiKeyId:b", None):
        assert check_problem(stage.look(job, caller=caller), 404, "unknown_job")["detail"] == unknown


def test_a_job_is_kept_for_a_day(stage: Stage) -> None:
    job = begin(stage)
    stage.put(stage.locations()[0], envelope({}))
    assert stage.look(job).status == 200
    stage.clock.pass_by(DAY - 10)
    assert stage.look(job).status == 200
    stage.clock.pass_by(20)
    check_problem(stage.look(job), 404, "unknown_job")


def test_a_gpu_that_was_turned_off_meanwhile(stage: Stage) -> None:
    """What it left can be read; what it did not come to expires."""
    job, waiting = begin(stage), begin(stage)
    stage.put(stage.locations(0)[0], envelope({"attributes": []}))
    stage.settings.endpoints.pop("semantic")  # type: ignore[attr-defined]
    assert stage.look(job).json["status"] == "done"
    assert stage.look(waiting).json["status"] == "queued"
    check_problem(stage.submit(), 409, "gpu_not_deployed")


@pytest.mark.parametrize("again", [False, True], ids=["the next look", "the next request"])
def test_what_has_expired_is_not_handed_over_any_more(stage: Stage, again: bool) -> None:
    """The endpoint refused it, and its GPU was off for as long as it could wait: then it is on again."""
    stage.runtime.failure = refusal("ThrottlingException", 400)
    stage.submit(key="k")
    stage.runtime.failure = None
    endpoint = stage.settings.endpoints.pop("semantic")  # type: ignore[attr-defined]
    (job,) = {key.split("/")[1] for key in stage.stored("jobs/") if key.endswith("record.json")}
    stage.clock.pass_by(TIME_SECONDS + EXPIRY_MARGIN_SECONDS + 1)
    assert ended(stage.look(job), "expired") is None
    stage.settings.endpoints["semantic"] = endpoint  # type: ignore[index]
    assert ended(stage.submit(key="k") if again else stage.look(job), "expired") is None
    assert stage.runtime.invocations == []


def test_a_record_nobody_here_wrote_is_a_fault(stage: Stage) -> None:
    stage.bucket.write(f"jobs/{'1' * 32}/record.json", b"{}")
    check_problem(stage.look("1" * 32), 500, "internal_error")
