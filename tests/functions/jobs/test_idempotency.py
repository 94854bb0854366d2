"""Equal requests are one job: one after another, all at once, and after a crash at any point."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.jobs.records import Claim, claim_key, fingerprint
from functions.jobs.schemas import JobRequest
from functions.jobs.submission import LEASE_SECONDS
from tests.functions.calls import check_problem
from tests.functions.jobs.stage import Stage, envelope, refusal

DAY = 24 * 3600


def test_the_same_again_is_the_same_job(stage: Stage) -> None:
    first, second = (stage.submit(key="k1") for _ in range(2))
    assert (first.status, second.status) == (202, 202)
    assert first.json["id"] == second.json["id"]
    assert len(stage.runtime.invocations) == 1


def test_the_order_of_fields_says_nothing(stage: Stage) -> None:
    asked = stage.detect(min_confidence=0.5)
    turned = {key: asked[key] for key in reversed(asked)}
    turned["request"] = {key: asked["request"][key] for key in reversed(asked["request"])}
    assert stage.submit(asked, key="k").json["id"] == stage.submit(turned, key="k").json["id"]


def test_once_it_has_ended_the_same_again_says_so(stage: Stage) -> None:
    job = stage.submit(key="k").json["id"]
    stage.put(stage.locations()[0], envelope({"attributes": []}))
    again = stage.submit(key="k")
    assert (again.status, again.json["id"], again.json["result"]) == (200, job, {"attributes": []})
    assert again.headers["location"] == f"jobs/{job}"


@pytest.mark.parametrize(
    "change", [{"route": "/align"}, {"request": {}}, {"request": {"s3": {"bucket": "pictures", "key": "approved/b"}}}]
)
def test_another_body_under_the_same_key_is_a_conflict(stage: Stage, change: dict[str, Any]) -> None:
    stage.submit(key="k")
    check_problem(stage.submit(stage.detect() | change, key="k"), 409, "idempotency_conflict")
    assert len(stage.runtime.invocations) == 1


def test_without_a_key_every_request_is_a_job(stage: Stage) -> None:
    assert stage.submit().json["id"] != stage.submit().json["id"]


def test_two_callers_never_meet(stage: Stage) -> None:
    ours, theirs = (stage.submit(key="k", caller=caller) for caller in ("apiKeyId:a", "apiKeyId:b"))
    assert ours.json["id"] != theirs.json["id"]
    other = stage.submit(stage.detect(min_confidence=0.1), key="k", caller="caller:c")
    assert other.status == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(stage: Stage, key: str) -> None:
    check_problem(stage.submit(key=key), 400, "malformed_header")


def test_a_key_is_known_for_a_day(stage: Stage) -> None:
    first = stage.submit(key="k").json["id"]
    stage.clock.pass_by(DAY - 60)
    assert stage.submit(key="k").json["id"] == first
    stage.clock.pass_by(120)
    # S3 may not have swept it away yet.
    second = stage.submit(stage.detect(min_confidence=0.9), key="k")
    assert second.status == 202
    assert second.json["id"] != first
    check_problem(stage.submit(key="k"), 409, "idempotency_conflict")


def test_all_at_once_is_one_job(stage: Stage) -> None:
    stage.runtime.pause = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(stage.submit, key="k") for _ in range(8)]
        while sum(answer.done() for answer in waiting) < 7:
            pass
        stage.runtime.pause.set()
        answers = [answer.result() for answer in waiting]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(stage.runtime.invocations) == 1


def test_a_crash_after_the_claim(stage: Stage) -> None:
    """Whoever claimed the key wrote nothing else: the next one goes on with the same job."""
    asked = JobRequest.model_validate(stage.detect())
    claim = Claim(job="0" * 32, fingerprint=fingerprint(asked), created=stage.clock())
    stage.bucket.create(claim_key(None, "k"), claim.dump())
    answer = stage.submit(key="k")
    assert (answer.status, answer.json["id"]) == (202, "0" * 32)
    assert [asked["InferenceId"] for asked in stage.runtime.invocations] == ["0" * 32]


class Killed(BaseException):
    """The platform ends the process: nothing catches that."""


@pytest.mark.parametrize("look", [False, True], ids=["the next request", "the next look"])
def test_a_crash_while_handing_over(stage: Stage, look: bool) -> None:
    """Nobody knows whether the endpoint has it. It is given time to end, and then handed over once more."""
    stage.runtime.failure = Killed()  # type: ignore[assignment]
    with pytest.raises(Killed):
        stage.submit(key="k")
    stage.runtime.failure = None
    job = stage.submit(key="k").json
    assert (job["status"], stage.runtime.invocations) == ("queued", [])
    stage.clock.pass_by(LEASE_SECONDS + 1)
    again = stage.look(job["id"]) if look else stage.submit(key="k")
    assert again.json["id"] == job["id"]
    assert [asked["InferenceId"] for asked in stage.runtime.invocations] == [job["id"]]
    stage.put(stage.locations()[0], envelope({"attributes": []}))
    assert stage.look(job["id"]).json["status"] == "done"


def test_what_the_endpoint_refused_is_handed_over_by_the_next_request(stage: Stage) -> None:
    stage.runtime.failure = refusal("ThrottlingException", 400)
    check_problem(stage.submit(key="k"), 503, "endpoint_unavailable")
    stage.runtime.failure = None
    assert stage.submit(key="k").status == 202
    assert len(stage.runtime.invocations) == 1


@pytest.mark.parametrize(
    "failure", [refusal("InternalFailure", 500), ReadTimeoutError(endpoint_url="https://runtime.sagemaker")]
)
def test_what_may_have_been_taken_is_not_handed_over_at_once(stage: Stage, failure: Exception) -> None:
    stage.runtime.failure = failure
    answer = stage.submit(key="k")
    check_problem(answer, 503, "endpoint_unavailable")
    stage.runtime.failure = None
    assert stage.submit(key="k").json["status"] == "queued"
    assert stage.runtime.invocations == []
    stage.clock.pass_by(int(answer.headers["retry-after"]) + 1)
    stage.submit(key="k")
    assert len(stage.runtime.invocations) == 1


def test_an_attempt_that_was_given_up_and_comes_back_changes_nothing(stage: Stage) -> None:
    """Held up for longer than the lease: what took its place is the job's, and its answer counts."""
    stage.runtime.pause = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(stage.submit, key="k")
        while not stage.stored("jobs/") or len(stage.stored("jobs/")) < 2:
            pass
        stage.clock.pass_by(LEASE_SECONDS + 1)
        held, stage.runtime.pause = stage.runtime.pause, None
        job = stage.submit(key="k").json["id"]
        counted = stage.locations()[0]
        held.set()
        assert slow.result().json["id"] == job
    assert len(stage.runtime.invocations) == 2
    stage.put(stage.locations()[0], envelope({"attributes": ["late"]}))
    assert stage.look(job).json["status"] == "queued"
    stage.put(counted, envelope({"attributes": ["counted"]}))
    assert stage.look(job).json["result"] == {"attributes": ["counted"]}


class Forgetful:
    """An S3 client whose conditional writes are carried out, and said to have failed: as after a lost answer."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def put_object(self, **asked: Any) -> Any:
        answer = self._client.put_object(**asked)
        if "IfNoneMatch" in asked or "IfMatch" in asked:
            raise refusal("PreconditionFailed", 412)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_a_write_whose_answer_got_lost_is_known_for_ones_own(stage: Stage) -> None:
    answer = stage.submit(key="k", app=stage.app_with(Forgetful(stage.s3)))
    assert answer.status == 202
    assert len(stage.runtime.invocations) == 1
    assert stage.submit(key="k").json["id"] == answer.json["id"]
    stage.put(stage.locations()[0], envelope({"attributes": []}))
    assert stage.look(answer.json["id"]).json["status"] == "done"
    assert len(stage.runtime.invocations) == 1
