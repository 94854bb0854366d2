"""Checks of what this account may have: the quotas as they are applied to it, not AWS's defaults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from ops.aws import Aws, Unanswered, answered
from ops.doctor.findings import Finding, blocked, ok, skipped, warning
from ops.stage import Stage

# Lambda keeps this much of an account's concurrency for functions that reserve none.
UNRESERVED: Final = 100
CONCURRENCY_QUOTA: Final = "L-B99A9384"
# Reported of accounts that are new; no API tells.
NEW_ACCOUNT_MEMORY_MB: Final = 3008


def check_quotas(aws: Aws, stage: Stage) -> Iterator[Finding]:
    """Lambda's concurrency; SageMaker's instances, where a GPU is on."""
    yield _guarded("Lambda concurrency", lambda: _concurrency(aws, stage))
    instances: Counter[str] = Counter()
    for function in stage.functions.values():
        if function.gpu.enabled:
            instances[function.gpu.instance_type] += function.gpu.maximum_instances
    for instance_type, wanted in instances.items():
        yield _guarded(
            f"Quota of {instance_type}", lambda kind=instance_type, count=wanted: _instances(aws, kind, count)
        )


def _guarded(check: str, look: Any) -> Finding:
    try:
        finding: Finding = look()
    except Unanswered as error:
        return skipped(check, str(error), error.fix)
    except ClientError as error:
        return skipped(check, f"AWS did not tell ({error})", "look the quota up in the console, under Service Quotas")
    return finding


def _concurrency(aws: Aws, stage: Stage) -> Finding:
    limits = answered(lambda: aws.clients("lambda").get_account_settings())["AccountLimit"]
    total = int(limits["ConcurrentExecutions"])
    # Provisioned concurrency is taken from a function's reservation where it has one, else from the account's.
    kept = sum(
        function.reserved_concurrency or function.provisioned_concurrency.maximum
        for function in stage.functions.values()
    )
    fix = (
        "aws service-quotas request-service-quota-increase --service-code lambda "
        f"--quota-code {CONCURRENCY_QUOTA} --desired-value {max(1000, kept + UNRESERVED)}"
    )
    check = "Lambda concurrency"
    if kept > max(0, total - UNRESERVED):
        return blocked(
            check,
            f"{total} in this account, of which {UNRESERVED} cannot be reserved; stage {stage.name} keeps {kept}",
            fix,
        )
    if total < UNRESERVED:
        return warning(
            check, f"{total} in this account, as is usual for new ones; calls beyond that are throttled", fix
        )
    return ok(check, f"{total} in this account; stage {stage.name} keeps {kept}")


def check_memory(stage: Stage) -> Finding:
    """The memory of the functions, whose limit no API reports."""
    most = max(function.memory_mb for function in stage.functions.values())
    if most <= NEW_ACCOUNT_MEMORY_MB:
        return ok("Lambda memory", f"{most:,} MB, which every account allows")
    return warning(
        "Lambda memory",
        f"{most:,} MB; a new account may be limited to {NEW_ACCOUNT_MEMORY_MB:,} MB, which no API reports",
        f"if the deploy fails because of MemorySize, ask AWS Support, or set memory_mb to {NEW_ACCOUNT_MEMORY_MB}",
    )


def _instances(aws: Aws, instance_type: str, wanted: int) -> Finding:
    check, name = f"Quota of {instance_type}", f"{instance_type} for endpoint usage"
    pages = aws.clients("service-quotas").get_paginator("list_service_quotas")

    def quota() -> dict[str, Any] | None:
        for page in pages.paginate(ServiceCode="sagemaker"):
            for entry in page["Quotas"]:
                if entry["QuotaName"] == name:
                    return dict(entry)
        return None

    found = answered(quota)
    if found is None:
        return blocked(check, f"{aws.region} has no {instance_type} for endpoints", "choose another gpu.instance_type")
    allowed = int(found["Value"])
    fix = (
        "aws service-quotas request-service-quota-increase --service-code sagemaker "
        f"--quota-code {found['QuotaCode']} --desired-value {wanted}"
    )
    if allowed == 0:
        return blocked(check, "0 in this account, as is usual for new ones; the endpoint cannot be created", fix)
    if allowed < wanted:
        return warning(
            check, f"{allowed} in this account; so the endpoint cannot scale to the {wanted} configured", fix
        )
    return ok(check, f"{allowed} in this account; up to {wanted} are used")
