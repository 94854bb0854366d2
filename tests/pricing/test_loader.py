from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pricing import Price, PriceTable, PriceTableError, Tier, load, loader, parse

ON_DEMAND = """
[lambda.on_demand.arm64]
source = "a price list"
effective = 2026-01-01
per = "GB-second"
tiers = [{ from = 0, usd = 0.5 }]
"""
REQUESTS = """
[lambda.requests.arm64]
source = "another"
sku = "GU2ZS9HVP6QTQ7KE"
effective = 2026-02-03
per = "million requests"
tiers = [{ from = 0, usd = 0.20 }, { from = 10, usd = 0.10 }]
"""
SMALLEST = 'region = "aa-west-1"\n' + ON_DEMAND


def test_a_table_is_read_whole() -> None:
    on_demand = Price("GB-second", (Tier(0, Decimal("0.5")),), "a price list", date(2026, 1, 1))
    requests = Price(
        "million requests",
        (Tier(0, Decimal("0.20")), Tier(10, Decimal("0.10"))),
        "another",
        date(2026, 2, 3),
        sku="GU2ZS9HVP6QTQ7KE",
    )
    table = parse(SMALLEST + REQUESTS, file="a.toml")
    assert table == PriceTable(
        region="aa-west-1",
        on_demand={"arm64": on_demand},
        requests={"arm64": requests},
    )
    assert table.entries == {"lambda.on_demand.arm64": on_demand, "lambda.requests.arm64": requests}
    assert requests.scale == 1_000_000
    assert table.effective == date(2026, 2, 3)


def test_a_price_never_passes_through_a_float() -> None:
    text = SMALLEST.replace("usd = 0.5", "usd = 0.1000000000000000055511151231257827021181583404541015625001")
    price = parse(text, file="a.toml").on_demand["arm64"].first_tier_usd
    assert str(price) == "0.1000000000000000055511151231257827021181583404541015625001"


def test_a_table_cannot_be_changed() -> None:
    table = parse(SMALLEST, file="a.toml")
    with pytest.raises(TypeError):
        table.on_demand["x86_64"] = table.on_demand["arm64"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('region = "aa-west-1"', "", "region", "missing"),
        ('"aa-west-1"', '"Aa"', "region", "must be the name of a region, not 'Aa'"),
        ('"aa-west-1"', "3", "region", "must be the name of a region, not 3"),
        ('region = "aa-west-1"', 'region = "aa-west-1"\nzone = 1', "zone", "unknown key; known here: ecr, gateway, "),
        ("[lambda.on_demand.arm64]", "[lambda.on_demand.riscv]", "lambda.on_demand.riscv", "unknown key; known here: "),
        ("[lambda.on_demand.arm64]", "[lambda.ondemand.arm64]", "lambda.ondemand", "unknown key; known here: "),
        ("[lambda.on_demand.arm64]", "[gateway.grpc]", "gateway.grpc", "unknown key; known here: http, rest"),
        (ON_DEMAND, "", "(whole file)", "must hold at least one price"),
        (
            "[lambda.on_demand.arm64]",
            "[lambda.requests.arm64]",
            "lambda.requests.arm64.per",
            "must be 'million requests', not 'GB",
        ),
        ("[lambda.on_demand.arm64]", "[sagemaker.large]", "sagemaker.large", "must be an instance type, as in"),
        ("[lambda.on_demand.arm64]", '[sagemaker."ml.g6"]', 'sagemaker."ml.g6"', "must be an instance type, as in"),
        (
            "[lambda.on_demand.arm64]",
            '[sagemaker."ml.g6.xlarge"]',
            'sagemaker."ml.g6.xlarge".per',
            "must be 'instance-hour', not 'GB-second'",
        ),
        ("[lambda.on_demand.arm64]", "[s3.list]", "s3.list", "unknown key; known here: get, put"),
        ("per =", 'sku = ""\nper =', "lambda.on_demand.arm64.sku", "must say where the price comes from"),
        ("per =", "sku = 7\nper =", "lambda.on_demand.arm64.sku", "must say where the price comes from"),
        ("per =", "more_tiers = 1\nper =", "lambda.on_demand.arm64.more_tiers", "must be true or false"),
        ('source = "a price list"\n', "", "lambda.on_demand.arm64.source", "missing"),
        ('"a price list"', '" "', "lambda.on_demand.arm64.source", "must say where the price comes from"),
        ("2026-01-01", '"2026-01-01"', "lambda.on_demand.arm64.effective", "must be a date, as in 2025-10-01"),
        ("2026-01-01", "2026-01-01T00:00:00", "lambda.on_demand.arm64.effective", "must be a date"),
        ('"GB-second"', '"GB-hour"', "lambda.on_demand.arm64.per", "must be 'GB-second', not 'GB-hour'"),
        (
            'per = "GB-second"',
            'per = "GB-second"\nunit = 1',
            "lambda.on_demand.arm64.unit",
            "unknown key; known here: ",
        ),
        (
            'per = "GB-second"',
            'per = "GB-second"\nmetered_bytes = 0',
            "lambda.on_demand.arm64.metered_bytes",
            "must be a whole number above 0, not 0",
        ),
        ("[{ from = 0, usd = 0.5 }]", "[]", "lambda.on_demand.arm64.tiers", "must list at least one tier"),
        ("[{ from = 0, usd = 0.5 }]", "0.5", "lambda.on_demand.arm64.tiers", "must list at least one tier"),
        ("[{ from = 0, usd = 0.5 }]", "[0.5]", "lambda.on_demand.arm64.tiers[0]", "must be a table of from and usd"),
        ("usd = 0.5", "eur = 0.5", "lambda.on_demand.arm64.tiers[0].eur", "unknown key; known here: from, usd"),
        (", usd = 0.5", "", "lambda.on_demand.arm64.tiers[0].usd", "missing"),
        ("usd = 0.5", "usd = 1", "lambda.on_demand.arm64.tiers[0].usd", "must be an amount above 0 with a decimal"),
        ("usd = 0.5", 'usd = "0.5"', "lambda.on_demand.arm64.tiers[0].usd", "must be an amount above 0"),
        ("usd = 0.5", "usd = 0.0", "lambda.on_demand.arm64.tiers[0].usd", "must be an amount above 0"),
        ("usd = 0.5", "usd = -0.5", "lambda.on_demand.arm64.tiers[0].usd", "must be an amount above 0"),
        ("usd = 0.5", "usd = nan", "lambda.on_demand.arm64.tiers[0].usd", "must be an amount above 0"),
        ("from = 0", "from = 1", "lambda.on_demand.arm64.tiers[0].from", "must be 0 in the first tier"),
        ("from = 0", "from = false", "lambda.on_demand.arm64.tiers[0].from", "must be a whole number, 0 or more"),
        (
            "usd = 0.5 }",
            "usd = 0.5 }, { from = 0, usd = 0.4 }",
            "lambda.on_demand.arm64.tiers[1].from",
            "rise from tier to tier",
        ),
        ("[lambda.on_demand.arm64]", "[[lambda.on_demand.arm64]]", "lambda.on_demand.arm64", "must be a table"),
        ("[lambda.on_demand.arm64]", "[[lambda.on_demand]]", "lambda.on_demand", "must be a table"),
        ("region =", "region ==", "(whole file)", "not TOML: "),
    ],
)
def test_an_error_names_the_file_and_the_key(old: str, new: str, key: str, problem: str) -> None:
    assert old in SMALLEST
    with pytest.raises(PriceTableError) as caught:
        parse(SMALLEST.replace(old, new, 1), file="a.toml")
    assert (caught.value.file, caught.value.key) == ("a.toml", key)
    assert str(caught.value).startswith(f"a.toml: {key}: ")
    assert problem in str(caught.value)


def test_a_file_that_holds_another_region_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bb-east-2.toml").write_text(SMALLEST, encoding="utf-8")
    monkeypatch.setattr(loader, "REGIONS", tmp_path)
    with pytest.raises(PriceTableError, match=r"^bb-east-2.toml: region: must be 'bb-east-2'"):
        load("bb-east-2")
