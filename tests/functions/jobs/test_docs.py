"""docs/jobs.md: every route, field, status, limit and refusal is there, as the service has it."""

import re
from typing import get_args

from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.jobs.outcomes import MAX_RESULT_BYTES
from functions.jobs.records import KEPT_SECONDS
from functions.jobs.schemas import ROUTES, JobRequest, JobResult, Status, UploadResult
from functions.jobs.settings import read_settings
from functions.jobs.submission import EXPIRY_MARGIN_SECONDS, LEASE_SECONDS
from tests.functions.jobs.goldens import CONTRACT

PAGE = (REPOSITORY_ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    """What stands under a heading of the second level."""
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def deployed(construct: str, name: str) -> int:
    """A number of the infrastructure, read without the CDK, which starts a program of its own."""
    source = (REPOSITORY_ROOT / "infra" / "constructs" / f"{construct}.py").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^{name} = (\d+)$", source, re.MULTILINE)
    return int(found)


def test_every_route() -> None:
    headings = re.findall(r"^## ([A-Z]+ /\S*)$", PAGE, re.MULTILINE)
    described = [f"{method.upper()} {path}" for path, methods in CONTRACT["paths"].items() for method in methods]
    assert sorted(headings) == sorted(described)


def test_every_field_and_status() -> None:
    assert all(f"`{name}`" in part("POST /uploads") for name in UploadResult.model_fields)
    assert all(f"`{name}`" in part("POST /jobs") for name in JobRequest.model_fields)
    assert all(f"`{route}`" in part("POST /jobs") for routes in ROUTES.values() for route in routes)
    assert all(f"`{name}`" in part("GET /jobs/{id}") for name in JobResult.model_fields)
    assert tuple(re.findall(r"^\| `(\w+)` \|", part("GET /jobs/{id}"), re.MULTILINE)) == get_args(Status)


def test_every_limit_is_the_default() -> None:
    settings, limits = read_settings({"JOBS_BUCKET": "imajin-jobs"}), part("Limits")
    for limit in (
        f"{settings.max_request_bytes:,} bytes",
        f"1 to {settings.max_upload_bytes:,} bytes",
        f"{settings.upload_seconds} s",
        f"{settings.queue_seconds:,} s",
        f"{settings.run_seconds} s",
        f"{MAX_RESULT_BYTES:,} bytes",
        f"{KEPT_SECONDS // 3600} hours",
    ):
        assert limit in limits, limit
    sources = (REPOSITORY_ROOT / "functions" / "jobs" / "settings.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in sources for name in re.findall(r"\| `([A-Z_]+)` \|$", limits, re.MULTILINE))


def test_what_is_said_of_time_and_load() -> None:
    again = part("Idempotency")
    assert f"after {LEASE_SECONDS} s" in again
    assert f"{EXPIRY_MARGIN_SECONDS // 60} minutes more" in again
    assert 2 * deployed("jobs", "TIMEOUT_SECONDS") <= LEASE_SECONDS, "twice what the function may run"
    load = part("How long it takes")
    assert f"up to {deployed('asynchronous_endpoint', 'CONCURRENT_INVOCATIONS')} jobs at once" in load
    assert f"has {deployed('asynchronous_endpoint', 'BATCH_SECONDS') // 60} minutes" in load
