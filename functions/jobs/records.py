"""What the bucket holds of a job, and the keys it is found under."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from functions.common.errors import InternalError
from functions.common.problems import Problem
from functions.jobs.schemas import Function, JobRequest, Route, Status

KEPT_SECONDS: Final = 24 * 3600
"""How long a job and an idempotency key are known. What S3 has not swept away by then counts as gone all the same."""

_ID: Final = re.compile(r"[0-9a-f]{32}")

Kept = TypeVar("Kept", bound="Document")


class Document(BaseModel):
    """A JSON object in the bucket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def dump(self) -> bytes:
        """As it is stored."""
        return self.model_dump_json().encode()


class Claim(Document):
    """Which job an idempotency key stands for, written before anything else of that job."""

    job: str
    fingerprint: str
    created: float


class Record(Document):
    """A job, and how far the handing over to its endpoint has come.

    It goes from `submitting` to `submitted`, or by way of `refused` back to `submitting`. Whoever wrote `submitting`
    last, and nobody else, may invoke the endpoint; `attempt` is theirs alone.
    """

    id: str
    function: Function
    route: Route
    fingerprint: str
    caller: str | None
    created: float
    state: Literal["submitting", "refused", "submitted"]
    attempt: str
    since: float
    """When this attempt began, in seconds since 1970."""
    output: str | None = None
    """Key of what the endpoint writes when it has an answer."""
    failure: str | None = None
    """Key of what it writes when it has none."""


class Outcome(Document):
    """How a job ended; written once, so that it ends in one way however often it was run."""

    status: Status
    result: dict[str, Any] | None = None
    problem: Problem | None = None


def parse(kind: type[Kept], body: bytes) -> Kept:
    """A stored document. Raises InternalError for one that nobody here wrote."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise InternalError("the stored record of this job cannot be read") from error


def new_id() -> str:
    """128 bits that nobody guesses."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Whether a job's id looks like this."""
    return _ID.fullmatch(text) is not None


def fingerprint(request: JobRequest) -> str:
    """The same for requests that say the same, whatever the order of their fields."""
    text = json.dumps(request.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def claim_key(caller: str | None, idempotency_key: str) -> str:
    """Where the claim of a caller's idempotency key is: two callers never meet."""
    digest = hashlib.sha256(f"{caller or ''}\n{idempotency_key}".encode()).hexdigest()
    return f"jobs/keys/{digest}.json"


def record_key(job: str) -> str:
    """Where a job's record is."""
    return f"jobs/{job}/record.json"


def outcome_key(job: str) -> str:
    """Where a job's outcome is, once it is known."""
    return f"jobs/{job}/outcome.json"


def input_key(job: str) -> str:
    """Where the endpoint reads what is asked of it."""
    return f"inputs/{job}.json"
