"""All checks, in the order in which their fixes make sense."""

from __future__ import annotations

from collections.abc import Iterator

from ops.aws import LOG_IN, Aws
from ops.doctor.account import check_bootstrap, check_caller
from ops.doctor.findings import Finding, skipped
from ops.doctor.machine import check_machine
from ops.doctor.models import check_models
from ops.doctor.quotas import check_memory, check_quotas
from ops.doctor.report import Report
from ops.doctor.standing import standing_cost
from ops.programs import Programs
from ops.stage import Stage


def examine(stage: Stage, programs: Programs, aws: Aws) -> Report:
    """Look at everything a deploy of `stage` needs. Nothing is changed anywhere."""
    caller = check_caller(aws)
    findings = [*check_machine(programs), *check_models(stage), check_memory(stage), *caller.findings]
    findings += _account(stage, aws, caller.account)
    return Report(stage.name, aws.region, caller.account, tuple(findings), tuple(standing_cost(stage, aws.region)))


def _account(stage: Stage, aws: Aws, account: str | None) -> Iterator[Finding]:
    if account is None:
        for check in ("Bootstrap", "Quotas"):
            yield skipped(check, "not checked: a region and credentials are needed", LOG_IN)
        return
    yield from check_bootstrap(aws)
    yield from check_quotas(aws, stage)
