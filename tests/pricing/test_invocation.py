"""Costs worked out by hand from the published rates; every figure below is exact."""

from dataclasses import replace
from decimal import Context, Decimal, setcontext
from typing import Any

import pytest

from pricing import Cost, Invocation, PriceTable, load, plain, price, whole_milliseconds

FOUR_GB = Invocation(billed_ms=1500, memory_mb=4096, architecture="arm64", provisioned=False, gateway=None)


@pytest.fixture(scope="module")
def us() -> PriceTable:
    table = load("us-east-1")
    assert table is not None
    return table


@pytest.fixture(scope="module")
def eu() -> PriceTable:
    table = load("eu-west-1")
    assert table is not None
    return table


def test_four_gb_for_a_second_and_a_half_on_arm64(us: PriceTable) -> None:
    # 1.5 s * 4 GB = 6 GB-s; 6 * 0.0000133334 = 0.0000800004
    assert price(FOUR_GB, us) == Cost(
        gb_seconds=Decimal(6),
        compute_usd=Decimal("0.0000800004"),
        request_usd=Decimal("0.00000020"),
        gateway_usd=Decimal(0),
        usd=Decimal("0.0000802004"),
        rate="on_demand",
        rate_usd_per_gb_second=Decimal("0.0000133334"),
    )


def test_the_same_on_x86_64_behind_a_rest_api(us: PriceTable) -> None:
    # 6 * 0.0000166667 = 0.0001000002; 3.50 a million = 0.0000035
    assert price(replace(FOUR_GB, architecture="x86_64", gateway="rest"), us) == Cost(
        gb_seconds=Decimal(6),
        compute_usd=Decimal("0.0001000002"),
        request_usd=Decimal("0.0000002"),
        gateway_usd=Decimal("0.0000035"),
        usd=Decimal("0.0001037002"),
        rate="on_demand",
        rate_usd_per_gb_second=Decimal("0.0000166667"),
    )


@pytest.mark.parametrize(
    ("architecture", "rate", "compute_usd"),
    [("arm64", "0.0000077778", "0.0000466668"), ("x86_64", "0.0000097222", "0.0000583332")],
)
def test_under_provisioned_concurrency(us: PriceTable, architecture: Any, rate: str, compute_usd: str) -> None:
    cost = price(replace(FOUR_GB, architecture=architecture, provisioned=True), us)
    assert cost == Cost(
        gb_seconds=Decimal(6),
        compute_usd=Decimal(compute_usd),
        request_usd=Decimal("0.0000002"),
        gateway_usd=Decimal(0),
        usd=Decimal(compute_usd) + Decimal("0.0000002"),
        rate="provisioned",
        rate_usd_per_gb_second=Decimal(rate),
    )


def test_an_odd_size_and_duration_stay_exact(us: PriceTable) -> None:
    # 1.001 s * 1769 / 1024 GB = 1770.769 / 1024 = 1.7292666015625 GB-s
    # * 0.0000133334 = 0.00002305700330527..., rounded at the fifteenth place
    cost = price(replace(FOUR_GB, billed_ms=1001, memory_mb=1769), us)
    assert cost.gb_seconds == Decimal("1.7292666015625")
    assert cost.compute_usd == Decimal("0.000023057003305")
    assert cost.usd == Decimal("0.000023257003305")


def test_ephemeral_storage_is_paid_above_512_mb(us: PriceTable) -> None:
    # 10,240 MB = 10 GB, 0.5 GB of it included: 9.5 GB * 1.5 s * 0.0000000309 = 0.000000440325
    cost = price(replace(FOUR_GB, ephemeral_mb=10_240), us)
    assert cost.compute_usd == Decimal("0.0000800004") + Decimal("0.000000440325")
    assert cost.gb_seconds == Decimal(6)


@pytest.mark.parametrize(
    ("payload_bytes", "gateway_usd"),
    [(0, "0.000001"), (524_288, "0.000001"), (524_289, "0.000002"), (3_000_000, "0.000006"), (None, None)],
)
def test_an_http_api_meters_every_512_kb(us: PriceTable, payload_bytes: int | None, gateway_usd: str | None) -> None:
    cost = price(replace(FOUR_GB, gateway="http", payload_bytes=payload_bytes), us)
    assert cost.gateway_usd == (None if gateway_usd is None else Decimal(gateway_usd))
    assert cost.usd == (None if gateway_usd is None else Decimal("0.0000802004") + Decimal(gateway_usd))


def test_a_rest_api_does_not_meter_size(us: PriceTable) -> None:
    assert price(replace(FOUR_GB, gateway="rest", payload_bytes=9_000_000), us).gateway_usd == Decimal("0.0000035")


def test_a_whole_receipt_in_another_region(eu: PriceTable) -> None:
    assert price(replace(FOUR_GB, gateway="http", payload_bytes=600_000), eu) == Cost(
        gb_seconds=Decimal(6),
        compute_usd=Decimal("0.0000800004"),
        request_usd=Decimal("0.00000020"),
        gateway_usd=Decimal("0.00000222"),  # two started units of 512 KB at 1.11 a million
        usd=Decimal("0.0000824204"),
        rate="on_demand",
        rate_usd_per_gb_second=Decimal("0.0000133334"),
    )


def test_an_unknown_provisioned_rate_is_not_taken_from_on_demand(eu: PriceTable) -> None:
    cost = price(replace(FOUR_GB, provisioned=True), eu)
    assert cost == Cost(
        gb_seconds=Decimal(6),
        compute_usd=None,
        request_usd=Decimal("0.00000020"),
        gateway_usd=Decimal(0),
        usd=None,
        rate="provisioned",
        rate_usd_per_gb_second=None,
    )
    known = price(replace(FOUR_GB, provisioned=True, architecture="x86_64"), eu)
    assert known.compute_usd == Decimal("0.0000650442")  # 6 * 0.0000108407
    assert known.rate_usd_per_gb_second == Decimal("0.0000108407")


def test_unknown_storage_makes_compute_unknown_only_where_storage_is_paid(eu: PriceTable) -> None:
    assert price(replace(FOUR_GB, ephemeral_mb=512), eu).compute_usd == Decimal("0.0000800004")
    assert price(replace(FOUR_GB, ephemeral_mb=513), eu).compute_usd is None


def test_each_missing_entry_takes_its_part_and_the_total(us: PriceTable) -> None:
    behind_rest = replace(FOUR_GB, gateway="rest")
    whole = price(behind_rest, us)
    assert price(behind_rest, replace(us, requests={})) == replace(whole, request_usd=None, usd=None)
    assert price(behind_rest, replace(us, gateway={})) == replace(whole, gateway_usd=None, usd=None)
    assert price(behind_rest, replace(us, on_demand={})) == replace(
        whole, compute_usd=None, usd=None, rate_usd_per_gb_second=None
    )


def test_the_parts_of_a_receipt_add_up_to_its_total(us: PriceTable) -> None:
    for billed_ms in range(1, 200):
        cost = price(replace(FOUR_GB, billed_ms=billed_ms, memory_mb=1769, ephemeral_mb=1000, gateway="rest"), us)
        assert cost.compute_usd is not None
        assert cost.request_usd is not None
        assert cost.gateway_usd is not None
        assert cost.usd is not None
        parts = [Decimal(plain(part)) for part in (cost.compute_usd, cost.request_usd, cost.gateway_usd)]
        assert Decimal(plain(cost.usd)) == sum(parts)


def test_nothing_billed_costs_the_request_alone(us: PriceTable) -> None:
    cost = price(replace(FOUR_GB, billed_ms=0), us)
    assert (cost.gb_seconds, cost.compute_usd, cost.usd) == (Decimal(0), Decimal(0), Decimal("0.0000002"))


def test_the_callers_decimal_context_changes_nothing(us: PriceTable) -> None:
    odd = replace(FOUR_GB, billed_ms=1001, memory_mb=1769)
    expected = price(odd, us)
    setcontext(Context(prec=3, rounding="ROUND_UP"))
    try:
        assert price(odd, us) == expected
    finally:
        setcontext(Context())


@pytest.mark.parametrize(
    ("duration_ms", "billed"),
    [(0, 0), (0.001, 1), (1, 1), (1.0, 1), (1.0001, 2), (1499.2, 1500), (1500, 1500), (Decimal("1500.01"), 1501)],
)
def test_a_duration_is_rounded_up_to_the_millisecond(duration_ms: float | Decimal, billed: int) -> None:
    assert whole_milliseconds(duration_ms) == billed


@pytest.mark.parametrize("duration_ms", [-1, -0.001, float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_duration_is_refused(duration_ms: float | Decimal) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        whole_milliseconds(duration_ms)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("billed_ms", -1),
        ("billed_ms", 1.5),
        ("billed_ms", True),
        ("memory_mb", 0),
        ("ephemeral_mb", 511),
        ("payload_bytes", -1),
        ("payload_bytes", False),
        ("architecture", "riscv"),
        ("gateway", "grpc"),
    ],
)
def test_figures_that_no_invocation_has_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be "):
        replace(FOUR_GB, **{field: value})
