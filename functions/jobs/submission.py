"""Jobs: each is run for its caller at least once, and ends in exactly one way. S3 and the endpoint hold all there is.

A submission writes, in this order, the claim of its idempotency key, the endpoint's input, the job's record, and the
record again once the endpoint has taken it. Claims, records and outcomes are only written where nothing, or a version
that was read before, is: so of any number of equal requests at once one hands the job over, and after a crash at any
point the next equal request, or the next look at the job, goes on from there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from functions.common.errors import (
    EndpointUnavailable,
    GpuNotDeployed,
    IdempotencyConflict,
    StorageUnavailable,
    UnknownJob,
)
from functions.jobs import outcomes, records
from functions.jobs.aws import Bucket, Endpoints, RefusedError
from functions.jobs.pictures import check_pictures
from functions.jobs.records import Claim, Outcome, Record, new_id
from functions.jobs.schemas import JobRequest
from functions.jobs.settings import Settings

LEASE_SECONDS: Final = 60
"""After so long whoever was handing a job over is gone: twice what the function may run, for clocks that differ."""
EXPIRY_MARGIN_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Jobs:
    """All jobs. `now` is in seconds since 1970."""

    settings: Settings
    bucket: Bucket
    endpoints: Endpoints
    now: Callable[[], float] = time.time

    def submit(self, request: JobRequest, idempotency_key: str | None, caller: str | None) -> Record:
        """A new job, or the one that the key stands for.

        Raises GpuNotDeployed, S3Blocked, IdempotencyConflict, EndpointUnavailable, StorageUnavailable.
        """
        if request.function not in self.settings.endpoints:
            raise GpuNotDeployed(
                f"jobs of {request.function} need a GPU, and none is deployed: set {request.function}.gpu.enabled to "
                "true for this stage in cdk.json and deploy again; the route itself works without one"
            )
        check_pictures(request.request, self.settings.grants)
        claim = Claim(job=new_id(), fingerprint=records.fingerprint(request), created=self.now())
        if idempotency_key is not None:
            claim = self._claimed(claim, records.claim_key(caller, idempotency_key))
            known = self._record(claim.job)
            if known is not None:
                return self._handed_over(*known)
        return self._begun(claim, request, caller)

    def find(self, job: str, caller: str | None) -> Record:
        """The job with this id, if it is the caller's. Raises UnknownJob, and as `submit` does."""
        known = self._record(job) if records.is_id(job) else None
        if known is None or known[0].caller != caller or self._gone(known[0].created):
            raise UnknownJob("no job of yours has this id; jobs are kept for 24 hours")
        return self._handed_over(*known)

    def outcome(self, record: Record) -> Outcome | None:
        """How the job ended; None while it has not."""
        key = records.outcome_key(record.id)
        if (sealed := self.bucket.read(key)) is not None:
            return records.parse(Outcome, sealed.body)
        seen = self._seen(record)
        if seen is None or self.bucket.create(key, seen.dump()) is not None:
            return seen
        # A job may be run twice; the way it ended that was seen first is the one for everybody.
        sealed = self.bucket.read(key)
        return seen if sealed is None else records.parse(Outcome, sealed.body)

    def _claimed(self, offered: Claim, key: str) -> Claim:
        """The claim that holds. Raises IdempotencyConflict."""
        if self.bucket.create(key, offered.dump()) is not None:
            return offered
        stored = self.bucket.read(key)
        if stored is None:
            raise _again()
        holds = records.parse(Claim, stored.body)
        if self._gone(holds.created):
            if self.bucket.replace(key, offered.dump(), stored.etag) is None:
                raise _again()
            return offered
        if holds.fingerprint != offered.fingerprint:
            raise IdempotencyConflict("this Idempotency-Key was used for a job with a different body; use a new key")
        return holds

    def _begun(self, claim: Claim, request: JobRequest, caller: str | None) -> Record:
        # But for numbers such as 1e15 no longer than the request was, whose limit is the container's as well: hence no
        # spaces.
        document = json.dumps(
            {"route": request.route, "body": request.request}, ensure_ascii=False, separators=(",", ":")
        )
        self.bucket.write(records.input_key(claim.job), document.encode())
        record = Record(
            id=claim.job,
            function=request.function,
            route=request.route,
            fingerprint=claim.fingerprint,
            caller=caller,
            created=claim.created,
            state="submitting",
            attempt=new_id(),
            since=self.now(),
        )
        etag = self.bucket.create(records.record_key(record.id), record.dump())
        return self._as_holder(record, etag)

    def _handed_over(self, record: Record, etag: str) -> Record:
        """The job, handed to the endpoint now if nobody has done it and nobody is about to."""
        if record.state == "submitted" or record.function not in self.settings.endpoints:
            return record
        if record.state == "submitting" and self.now() - record.since < LEASE_SECONDS:
            return record
        if self.bucket.read(records.outcome_key(record.id)) is not None:
            # It was reported as expired: nobody would see what the GPU made of it now.
            return record
        taken = record.model_copy(update={"state": "submitting", "attempt": new_id(), "since": self.now()})
        return self._as_holder(taken, self.bucket.replace(records.record_key(record.id), taken.dump(), etag))

    def _as_holder(self, record: Record, etag: str | None) -> Record:
        """Invokes the endpoint if `record`, of which `etag` is the version written, is what stands in the bucket."""
        if etag is None:
            known = self._record(record.id)
            # A write that S3 carried out and whose answer got lost is refused when it is repeated.
            if known is None or known[0].attempt != record.attempt:
                return record if known is None else known[0]
            etag = known[1]
        key, settings = records.record_key(record.id), self.settings
        try:
            locations = self.endpoints.invoke(
                settings.endpoints[record.function],
                record.id,
                f"s3://{self.bucket.name}/{records.input_key(record.id)}",
                queue_seconds=settings.queue_seconds,
                run_seconds=settings.run_seconds,
            )
        except RefusedError as error:
            self.bucket.replace(key, record.model_copy(update={"state": "refused"}).dump(), etag)
            raise EndpointUnavailable("the GPU endpoint did not accept the job", retry_after_seconds=5) from error
        taken = record.model_copy(
            update={"state": "submitted", "output": locations.output, "failure": locations.failure}
        )
        # If another attempt has begun meanwhile, its invocation is the job's.
        return record if self.bucket.replace(key, taken.dump(), etag) is None else taken

    def _seen(self, record: Record) -> Outcome | None:
        """What the endpoint left. Where there is an answer and a failure, the job was run twice: the answer counts."""
        waiting = self.settings.queue_seconds
        if record.output is not None and (stored := self.bucket.read(record.output)) is not None:
            return outcomes.of_output(stored, record)
        if record.failure is not None and (stored := self.bucket.read(record.failure)) is not None:
            return outcomes.of_failure(stored, record, waiting)
        over = record.since + waiting + self.settings.run_seconds + EXPIRY_MARGIN_SECONDS
        return Outcome(status="expired") if self.now() > over else None

    def _record(self, job: str) -> tuple[Record, str] | None:
        stored = self.bucket.read(records.record_key(job))
        return None if stored is None else (records.parse(Record, stored.body), stored.etag)

    def _gone(self, created: float) -> bool:
        return self.now() - created > records.KEPT_SECONDS


def _again() -> StorageUnavailable:
    return StorageUnavailable("an identical request is being accepted at this moment", retry_after_seconds=1)
