"""The bill of a month without a call, redone by hand."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.config import FUNCTIONS
from ops.doctor.standing import standing_cost, total
from ops.doctor.standing_prices import PRICES, StandingPriceError, read_prices
from ops.stage import read_stage
from tests.ops.repositories import put_repository

KEPT = {"memory_mb": 8192, "provisioned_concurrency": {"minimum": 1, "maximum": 10}}


def bill(
    root: Path, stage: str, changes: Mapping[str, Any] = {}, *, region: str | None = "us-east-1"
) -> dict[str, Decimal | None]:
    """prod with one environment of 8 GB kept for each function, and a firewall; dev as it is committed."""
    kept = {f"{function}.{key}": value for function in FUNCTIONS for key, value in KEPT.items()}
    chosen = ({"waf": True, **kept} if stage == "prod" else {}) | dict(changes)
    put_repository(root, {f"stages.{stage}.{key}": value for key, value in chosen.items()})
    lines = standing_cost(read_stage(root, stage, demo=False), region)
    return {line.item: line.usd for line in lines} | {"in all": total(lines)}


def test_prod_keeps_two_environments_and_a_firewall(tmp_path: Path) -> None:
    """8 GB for 730 hours at 0.0000033334 USD a GB-second; a web ACL at 5 and two rules at 1 USD."""
    found = bill(tmp_path, "prod")
    kept = Decimal("0.0000033334") * 8 * 730 * 3600
    assert found["provisioned concurrency, semantic"] == kept.quantize(Decimal("0.01")) == Decimal("70.08")
    assert found["web firewall"] == 7
    assert found["dashboard"] == 3
    # By function 4 alarms of one metric, its routes' costs, its routes' cold starts and calls, and two that scaling
    # goes by; the same of jobs, which nothing scales; and the API's.
    assert found["alarms"] == Decimal("0.10") * ((4 + 6 + 6 + 1 + 2) + (4 + 2 + 2 + 1 + 2) + (3 + 2 + 2 + 1) + 1)
    assert found["in all"] == sum(amount for item, amount in found.items() if item != "in all" and amount is not None)


def test_x86_keeps_at_its_own_price(tmp_path: Path) -> None:
    kept = Decimal("0.0000041667") * 8 * 730 * 3600
    found = bill(tmp_path, "prod", {"architecture": "x86_64"})
    assert found["provisioned concurrency, aesthetic"] == kept.quantize(Decimal("0.01"))


def test_dev_keeps_nothing(tmp_path: Path) -> None:
    found = bill(tmp_path, "dev")
    assert found["provisioned concurrency, semantic"] == 0
    assert found["in all"] == Decimal("6.30")
    assert "web firewall" not in found


def test_an_endpoint_without_instances_costs_nothing_but_its_alarms(tmp_path: Path) -> None:
    found = bill(tmp_path, "dev", {"semantic.gpu.enabled": True})
    assert (found["GPU endpoint, semantic"], found["in all"]) == (Decimal(0), Decimal("6.90"))


@pytest.mark.parametrize("region", ["xx-nowhere-1", None])
def test_what_is_not_known_is_not_zero(tmp_path: Path, region: str | None) -> None:
    found = bill(tmp_path, "prod", region=region)
    assert found["provisioned concurrency, semantic"] is found["alarms"] is found["in all"] is None
    assert found["web firewall"] == 7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rule = 1.00", "rules = 1.00", "waf.rules: unknown key"),
        ("rule = 1.00", "", "waf.rule: missing"),
        ("rule = 1.00", "rule = 1", "waf.rule: must be an amount above 0 with a decimal point"),
        ("[waf]", "[wafs]", "wafs: unknown key"),
        ("read = 2026-11-20", 'read = "today"', "waf: source must be text and read a date"),
    ],
)
def test_a_wrong_price_file_is_named_with_its_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = PRICES.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "prices.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StandingPriceError) as caught:
        read_prices("us-east-1", tmp_path / "prices.toml")
    assert str(caught.value) == f"prices.toml: {message}"


def test_what_use_adds_is_said_beside_the_zero(tmp_path: Path) -> None:
    put_repository(
        tmp_path, {"stages.dev.semantic.gpu.enabled": True, "stages.dev.semantic.gpu.instance_type": "ml.g5.xlarge"}
    )
    stage = read_stage(tmp_path, "dev", demo=False)
    details = {line.item: line.detail for line in standing_cost(stage, "us-east-1")}
    assert details["GPU endpoint, semantic"] == "scaled to zero without jobs; one ml.g5.xlarge costs 1.408 USD an hour"
    assert details["logs"] == "billed as they are written: 0.50 USD per GB"
    unknown = {line.item: line.detail for line in standing_cost(stage, None)}
    assert unknown["logs"] == "billed as they are written: an unknown amount per GB"
