"""What is asked of the account, with answers in AWS's own shape."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.config import FUNCTIONS
from ops.aws import Aws
from ops.doctor.account import check_bootstrap, check_caller
from ops.doctor.examination import examine
from ops.doctor.findings import Finding
from ops.doctor.quotas import check_memory, check_quotas
from ops.stage import Stage, read_stage
from tests.ops.repositories import ACCOUNT, Account, programs, put_repository


@pytest.fixture
def account() -> Account:
    return Account()


KEPT = {"reserved_concurrency": 20, "provisioned_concurrency": {"minimum": 1, "maximum": 10}, "memory_mb": 8192}


def stage(root: Path, name: str = "prod", changes: Mapping[str, Any] = {}) -> Stage:
    """prod with 20 environments reserved for each function; dev as it is committed."""
    kept = (
        {f"{function}.{key}": value for function in FUNCTIONS for key, value in KEPT.items()} if name == "prod" else {}
    )
    chosen = {f"stages.{name}.{key}": value for key, value in (kept | dict(changes)).items()}
    return read_stage(put_repository(root, chosen), name, demo=False)


def test_who_asks(account: Account) -> None:
    account.known()
    with account.asked() as aws:
        caller = check_caller(aws)
    assert caller.account == ACCOUNT
    assert [(finding.check, finding.status) for finding in caller.findings] == [("Region", "ok"), ("Credentials", "ok")]


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_credentials_that_are_not_taken(account: Account, code: str) -> None:
    account.refused("sts", "get_caller_identity", code)
    with account.asked() as aws:
        caller = check_caller(aws)
    assert caller.account is None
    finding = caller.findings[1]
    assert (finding.status, finding.detail) == ("blocked", f"AWS rejects the credentials ({code})")
    assert finding.fix == "aws configure, or aws sso login and export AWS_PROFILE=..."


def test_no_region_asks_nothing() -> None:
    def never(service: str) -> Any:
        raise AssertionError(service)

    caller = check_caller(Aws(never, None))
    assert [finding.status for finding in caller.findings] == ["blocked", "skipped"]


def test_a_region_without_prices_is_a_warning(account: Account) -> None:
    account.known()
    with account.asked() as aws:
        caller = check_caller(Aws(aws.clients, "xx-nowhere-1"))
    assert caller.findings[0].status == "warning"
    assert caller.findings[0].fix == "python -m ops prices refresh --region xx-nowhere-1"


def bootstrap(account: Account) -> Finding:
    with account.asked() as aws:
        (finding,) = check_bootstrap(aws)
    return finding


def test_the_bootstrap_stack(account: Account) -> None:
    account.bootstrapped(30)
    assert bootstrap(account) == Finding("Bootstrap", "ok", "version 30")
    account.bootstrapped(5)
    old = bootstrap(account)
    assert (old.status, old.fix) == ("blocked", "make bootstrap REGION=us-east-1")
    account.refused("ssm", "get_parameter", "ParameterNotFound")
    assert bootstrap(account).status == "blocked"
    account.refused("ssm", "get_parameter", "AccessDeniedException")
    denied = bootstrap(account)
    assert (denied.status, denied.fix) == ("warning", "allow GetParameter, or use credentials that may call it")


def quotas(account: Account, stage: Stage) -> list[Finding]:
    with account.asked() as aws:
        return list(check_quotas(aws, stage))


def test_concurrency_as_it_is_applied(account: Account, tmp_path: Path) -> None:
    """Lambda keeps 100 for the functions of the account that reserve nothing."""
    deployed = stage(tmp_path)
    account.concurrency(1000)
    assert quotas(account, deployed) == [
        Finding("Lambda concurrency", "ok", "1000 in this account; stage prod keeps 40")
    ]
    account.concurrency(139)
    (short,) = quotas(account, deployed)
    assert (short.status, short.detail) == (
        "blocked",
        "139 in this account, of which 100 cannot be reserved; stage prod keeps 40",
    )
    assert short.fix is not None
    assert "--quota-code L-B99A9384 --desired-value 1000" in short.fix
    account.concurrency(140)
    assert quotas(account, deployed)[0].status == "ok"


def test_a_new_account_runs_what_keeps_nothing(account: Account, tmp_path: Path) -> None:
    account.concurrency(10)
    (finding,) = quotas(account, stage(tmp_path, "dev"))
    assert (finding.status, finding.detail.split(",")[0]) == ("warning", "10 in this account")


def test_provisioned_concurrency_counts_where_nothing_is_reserved(account: Account, tmp_path: Path) -> None:
    kept = {"semantic.reserved_concurrency": "none", "aesthetic.reserved_concurrency": "none"}
    account.concurrency(110)
    assert quotas(account, stage(tmp_path, changes=kept))[0].detail.endswith("stage prod keeps 20")


def test_quotas_nobody_may_read_are_not_looked_at(account: Account, tmp_path: Path) -> None:
    account.refused("lambda", "get_account_settings", "AccessDeniedException")
    (finding,) = quotas(account, stage(tmp_path))
    assert (finding.status, finding.fix) == ("skipped", "allow GetAccountSettings, or use credentials that may call it")
    account.refused("lambda", "get_account_settings", "TooManyRequestsException")
    assert quotas(account, stage(tmp_path))[0].status == "skipped"


def gpu_quota(account: Account, *pages: list[dict[str, Any]]) -> None:
    for index, page in enumerate(pages):
        token = {} if index + 1 == len(pages) else {"NextToken": str(index)}
        asked = {"ServiceCode": "sagemaker"} | ({"NextToken": str(index - 1)} if index else {})
        account.stubs["service-quotas"].add_response("list_service_quotas", {"Quotas": page} | token, asked)


@pytest.mark.parametrize(("allowed", "status"), [(0, "blocked"), (1, "warning"), (2, "ok")])
def test_gpu_instances_as_they_are_applied(account: Account, tmp_path: Path, allowed: int, status: str) -> None:
    on = {f"{name}.gpu.enabled": True for name in ("semantic", "aesthetic")}
    account.concurrency(1000)
    other = {"QuotaName": "ml.g5.xlarge for training job usage", "QuotaCode": "L-1", "Value": 9.0}
    wanted = {"QuotaName": "ml.g5.xlarge for endpoint usage", "QuotaCode": "L-2", "Value": float(allowed)}
    gpu_quota(account, [other], [wanted])
    finding = quotas(account, stage(tmp_path, changes=on))[1]
    assert (finding.check, finding.status) == ("Quota of ml.g5.xlarge", status)
    assert finding.fix is None or finding.fix.endswith("--service-code sagemaker --quota-code L-2 --desired-value 2")


def test_an_instance_the_region_does_not_have(account: Account, tmp_path: Path) -> None:
    account.concurrency(1000)
    gpu_quota(account, [])
    finding = quotas(account, stage(tmp_path, changes={"semantic.gpu.enabled": True}))[1]
    assert (finding.status, finding.fix) == ("blocked", "choose another gpu.instance_type")


def test_memory_no_api_tells_the_limit_of(tmp_path: Path) -> None:
    assert check_memory(stage(tmp_path, "dev")).status == "ok"
    assert check_memory(stage(tmp_path)).status == "warning"


def test_a_stage_that_nothing_stops(account: Account, tmp_path: Path) -> None:
    account.known()
    account.bootstrapped()
    account.concurrency(1000)
    deployed = stage(tmp_path)
    with account.asked() as aws:
        report = examine(deployed, programs(tmp_path), aws)
    assert {finding.status for finding in report.findings if finding.check not in ("Disk", "Lambda memory")} == {"ok"}
    assert (report.account, report.region, report.stage) == (ACCOUNT, "us-east-1", "prod")
