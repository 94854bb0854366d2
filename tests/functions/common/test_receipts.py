"""Receipts against figures worked out from AWS's price list, and never at a request's expense."""

from dataclasses import asdict, replace
from decimal import Decimal

import pytest

from functions.common.receipts import Cashier, Platform

PLATFORM = Platform(
    region="us-east-1", memory_mb=4096, architecture="arm64", provisioned=False, gateway="rest", estimated=False
)


def test_the_golden_case() -> None:
    """4 GB for 1.5 s on arm64: 6 GB-s at 0.0000133334."""
    receipt = Cashier(PLATFORM).receipt(1500, 0)
    assert receipt is not None
    assert receipt.model_dump() == {
        "billed_ms": 1500,
        "memory_mb": 4096,
        "architecture": "arm64",
        "gb_seconds": "6.000",
        "compute_usd": "0.0000800004",
        "request_usd": "0.00000020",
        "gateway_usd": "0.00000350",
        "usd": "0.0000837004",
        "rate": "on_demand",
        "rate_usd_per_gb_second": "0.0000133334",
        "estimated": False,
        "price_table": {"region": "us-east-1", "effective": "2025-10-01"},
    }


def test_milliseconds_are_rounded_up() -> None:
    receipt = Cashier(PLATFORM).receipt(0.001, 0)
    assert receipt is not None
    assert receipt.billed_ms == 1


@pytest.mark.parametrize(
    ("changes", "payload_bytes", "compute", "gateway"),
    [
        ({"architecture": "x86_64"}, 0, "0.0000166667", "0.0000035"),
        ({"provisioned": True}, 0, "0.0000077778", "0.0000035"),
        ({"provisioned": True, "architecture": "x86_64"}, 0, "0.0000097222", "0.0000035"),
        ({"gateway": None}, 0, "0.0000133334", "0"),
        ({"gateway": "http"}, 524_288, "0.0000133334", "0.000001"),
        ({"gateway": "http"}, 524_289, "0.0000133334", "0.000002"),
        ({"memory_mb": 2048}, 0, "0.0000066667", "0.0000035"),
    ],
)
def test_what_the_bill_depends_on(changes: dict[str, object], payload_bytes: int, compute: str, gateway: str) -> None:
    receipt = Cashier(replace(PLATFORM, **{"memory_mb": 1024, **changes})).receipt(1000, payload_bytes)  # type: ignore[arg-type]
    assert receipt is not None
    factor = Decimal(receipt.memory_mb) / 1024
    assert receipt.compute_usd is not None
    assert receipt.gateway_usd is not None
    assert receipt.usd is not None
    expected = Decimal(compute) if factor == 1 else Decimal("0.0000266668")
    assert Decimal(receipt.compute_usd) == expected
    assert Decimal(receipt.gateway_usd) == Decimal(gateway)
    assert Decimal(receipt.usd) == expected + Decimal(gateway) + Decimal("0.0000002")


def test_without_prices_the_receipt_is_none(caplog: pytest.LogCaptureFixture) -> None:
    cashier = Cashier(replace(PLATFORM, region="nowhere-1"))
    assert caplog.messages == ["no receipts: there is no price table for nowhere-1"]
    assert cashier.receipt(1500, 0) is None


@pytest.mark.parametrize("duration_ms", [float("nan"), float("inf"), -1.0])
def test_a_duration_that_cannot_be_costs_the_receipt_alone(
    duration_ms: float, caplog: pytest.LogCaptureFixture
) -> None:
    assert Cashier(PLATFORM).receipt(duration_ms, 0) is None
    assert "no receipt for this request" in caplog.text


def test_a_platform_that_cannot_be_costs_the_receipt_alone() -> None:
    assert Cashier(replace(PLATFORM, memory_mb=0)).receipt(1, 0) is None
    assert asdict(PLATFORM)["memory_mb"] == 4096
