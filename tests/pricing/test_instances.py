"""Seconds of an instance, and a comparison, worked out by hand."""

from decimal import Decimal

import pytest

from pricing import InstanceCost, PriceTable, instance_cost, load, rekognition_usd


@pytest.fixture(scope="module")
def us() -> PriceTable:
    table = load("us-east-1")
    assert table is not None
    return table


def test_seconds_times_price_and_the_wait_apart(us: PriceTable) -> None:
    # 1.127 USD an hour: 36 s are a hundredth of it; 600 s of waiting are a sixth.
    cost = instance_cost("ml.g6.xlarge", Decimal(36), us, idle_seconds=Decimal(600))
    assert cost == InstanceCost(
        usd_per_hour=Decimal("1.127"), usd=Decimal("0.01127"), idle_usd=Decimal("0.187833333333333")
    )


def test_a_second_of_g6_is_as_published(us: PriceTable) -> None:
    cost = instance_cost("ml.g6.xlarge", Decimal(1), us)
    assert cost.usd is not None
    assert round(cost.usd, 6) == Decimal("0.000313")
    assert cost.idle_usd is None, "nobody said how long it waited"


def test_an_unknown_instance_costs_an_unknown_amount(us: PriceTable) -> None:
    unknown = InstanceCost(usd_per_hour=None, usd=None, idle_usd=None)
    assert instance_cost("ml.p9.large", Decimal(36), us, idle_seconds=Decimal(0)) == unknown


@pytest.mark.parametrize("seconds", ["-1", "NaN", "Infinity"])
def test_what_are_no_seconds_is_refused(us: PriceTable, seconds: str) -> None:
    with pytest.raises(ValueError, match=r"^seconds must be finite and not negative"):
        instance_cost("ml.g6.xlarge", Decimal(seconds), us)
    with pytest.raises(ValueError, match=r"^idle_seconds must be finite and not negative"):
        instance_cost("ml.g6.xlarge", Decimal(1), us, idle_seconds=Decimal(seconds))


def test_what_rekognition_would_charge(us: PriceTable) -> None:
    assert rekognition_usd(1, "labels", us) == Decimal("0.001")
    assert rekognition_usd(50, "moderation", us) == Decimal("0.05")
    eu = load("eu-west-1")
    assert eu is not None
    assert rekognition_usd(1, "labels", eu) is None
    with pytest.raises(ValueError, match="must not be negative"):
        rekognition_usd(-1, "labels", us)
