"""What an endpoint left in the bucket, as the way a job ended."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import ValidationError

from functions.common import problems
from functions.common.errors import InternalError, PayloadTooLarge, ServiceError
from functions.common.problems import Problem
from functions.jobs.aws import Stored
from functions.jobs.records import Outcome, Record

MAX_RESULT_BYTES: Final = 5_500_000
"""What a synchronous answer can carry, less the rest of the answer."""
_READ_CHARACTERS: Final = 1 << 14


def of_output(stored: Stored, record: Record) -> Outcome:
    """From the container's answer, `{status, headers, body}`: the route's own answer, or its refusal."""
    if len(stored.body) > MAX_RESULT_BYTES:
        size = len(stored.body)
        too_large = PayloadTooLarge(
            f"the result has {size} bytes; the limit is {MAX_RESULT_BYTES}; ask for less, or use several jobs",
            limit=MAX_RESULT_BYTES,
            actual=size,
        )
        return _failed(too_large, record)
    try:
        envelope = json.loads(stored.body)
        status, body = envelope["status"], envelope["body"]
    except (ValueError, TypeError, KeyError):
        return _failed(InternalError("the GPU endpoint's answer cannot be read"), record)
    if isinstance(status, int) and status < 400 and isinstance(body, dict):
        return Outcome(status="done", result=body)
    return Outcome(status="failed", problem=_problem(body) or _no_problem(record))


def of_failure(stored: Stored, record: Record, queue_seconds: int) -> Outcome:
    """From what SageMaker wrote in place of an answer: the route's own problem where it is in there.

    Without one, a failure written when the time to wait was over is that of a job the GPU did not come to.
    """
    found = _quoted_problem(stored.body.decode(errors="replace"))
    if found is None and stored.modified - record.since >= queue_seconds:
        return Outcome(status="expired")
    return Outcome(status="failed", problem=found or _no_problem(record))


def _quoted_problem(text: str) -> Problem | None:
    """The problem in a text: SageMaker's own says `... from primary with message "<the container's answer>". ...`."""
    text = text[:_READ_CHARACTERS]
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            found = None
        if (problem := _problem(found)) is not None:
            return problem
        start = text.find("{", start + 1)
    return None


def _problem(document: Any) -> Problem | None:
    try:
        return Problem.model_validate(document, strict=True)
    except ValidationError:
        return None


def _no_problem(record: Record) -> Problem:
    fault = InternalError("the GPU endpoint gave no answer; its log says why, under this job's id")
    return problems.problem(fault, record.id)


def _failed(error: ServiceError, record: Record) -> Outcome:
    return Outcome(status="failed", problem=problems.problem(error, record.id))
