"""Volumes through tiers, worked out by hand."""

from dataclasses import replace
from datetime import date
from decimal import Context, Decimal, setcontext

import pytest

from pricing import Line, Price, PriceTable, Tier, Usage, load, monthly_bill, tiered_usd

REST = "gateway.rest"


@pytest.fixture(scope="module")
def us() -> PriceTable:
    table = load("us-east-1")
    assert table is not None
    return table


@pytest.mark.parametrize(
    ("requests", "usd"),
    [
        (0, "0"),
        (1, "0.0000035"),
        (333_000_000, "1165.5"),  # 333 * 3.50
        (333_000_001, "1165.5000028"),
        (1_000_000_000, "3033.1"),  # + 667 * 2.80
        (20_000_000_000, "48253.1"),  # + 19,000 * 2.38
        (21_000_000_000, "49763.1"),  # + 1,000 * 1.51
    ],
)
def test_each_unit_costs_what_its_tier_says(us: PriceTable, requests: int, usd: str) -> None:
    assert tiered_usd(Decimal(requests), us.entries[REST]) == Decimal(usd)


def test_duration_has_the_tiers_of_its_architecture(us: PriceTable) -> None:
    # 6 B at 0.0000166667, 9 B at 0.000015, 1 B at 0.0000133334; arm64: 7.5 B at 0.0000133334, the rest at 0.0000120001
    ten_billion, sixteen_billion = Decimal(10_000_000_000), Decimal(16_000_000_000)
    assert tiered_usd(sixteen_billion, us.on_demand["x86_64"]) == Decimal("248333.6")
    assert tiered_usd(ten_billion, us.on_demand["arm64"]) == Decimal("130000.75")


@pytest.mark.parametrize("units", ["-1", "NaN", "Infinity"])
def test_what_is_no_volume_is_refused(us: PriceTable, units: str) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        tiered_usd(Decimal(units), us.entries[REST])


def test_a_whole_bill(us: PriceTable) -> None:
    usage = Usage(
        architecture="arm64",
        requests=Decimal(3_000_000),
        on_demand_gb_seconds=Decimal(1_000_000),
        provisioned_gb_seconds=Decimal(2_000_000),
        kept_gb_seconds=Decimal(10_512_000),  # 4 GB * 2,628,000 s
        ephemeral_gb_seconds=Decimal(500_000),
        gateway="http",
        gateway_requests=Decimal(4_000_000),
        instance_hours=(("ml.g6.xlarge", Decimal("12.5")),),
        transitions=Decimal(20_000),
        put_requests=Decimal(7_000),
        get_requests=Decimal(10_000),
        logged_gb=Decimal(3),
        stored_image_gb=Decimal("2.5"),
    )
    bill = monthly_bill(usage, us)
    assert [(line.key, line.usd) for line in bill.lines] == [
        ("lambda.on_demand.arm64", Decimal("13.3334")),
        ("lambda.provisioned.arm64", Decimal("15.5556")),
        ("lambda.provisioned_kept.arm64", Decimal("35.0407008")),
        ("lambda.ephemeral_storage.arm64", Decimal("0.01545")),
        ("lambda.requests.arm64", Decimal("0.6")),
        ("gateway.http", Decimal(4)),
        ("step_functions.standard", Decimal("0.5")),
        ("s3.put", Decimal("0.035")),
        ("s3.get", Decimal("0.004")),
        ("logs.ingest", Decimal("1.5")),
        ("ecr.storage", Decimal("0.25")),
        ('sagemaker."ml.g6.xlarge"', Decimal("14.0875")),
    ]
    assert bill.usd == Decimal("84.9216508")


def test_what_is_not_used_is_no_line_and_what_is_not_known_takes_the_total(us: PriceTable) -> None:
    usage = Usage(architecture="x86_64", requests=Decimal(1_000_000), instance_hours=(("ml.p9.large", Decimal(1)),))
    bill = monthly_bill(usage, us)
    assert bill.lines == (
        Line("lambda.requests.x86_64", Decimal(1_000_000), Decimal("0.2")),
        Line('sagemaker."ml.p9.large"', Decimal(1), None),
    )
    assert bill.usd is None
    assert monthly_bill(Usage(architecture="arm64"), us).usd == 0


def test_a_price_of_which_one_tier_is_known_is_an_upper_bound(us: PriceTable) -> None:
    entry = Price("GB", (Tier(0, Decimal("0.5")),), "s", date(2026, 1, 1), more_tiers=True)
    (line,) = monthly_bill(Usage(architecture="arm64", logged_gb=Decimal(2)), replace(us, logs={"ingest": entry})).lines
    assert line == Line("logs.ingest", Decimal(2), Decimal(1), at_most=True)


def test_the_callers_decimal_context_changes_nothing(us: PriceTable) -> None:
    usage = Usage(architecture="x86_64", on_demand_gb_seconds=Decimal("1234567.891"), requests=Decimal(7))
    expected = monthly_bill(usage, us).usd
    setcontext(Context(prec=3, rounding="ROUND_UP"))
    try:
        assert monthly_bill(usage, us).usd == expected
    finally:
        setcontext(Context())
