"""Receipts against figures worked out from AWS's price list, and never at a request's expense."""

from dataclasses import asdict, replace
from decimal import Decimal

import pytest

import pricing
from functions.common.platforms import read_platform
from functions.common.receipts import Cashier, ItemTime, Platform, Work
from functions.common.settings import SettingsReader

PLATFORM = Platform(
    region="us-east-1", memory_mb=4096, architecture="arm64", provisioned=False, gateway="rest", estimated=False
)

NOTHING = Work()
INSTANCE = replace(PLATFORM, instance_type="ml.g6.xlarge")


def test_the_golden_case() -> None:
    """4 GB for 1.5 s on arm64: 6 GB-s at 0.0000133334."""
    receipt = Cashier(PLATFORM).receipt(1500, NOTHING)
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
        "init_ms": 0,
        "ephemeral_mb": 512,
        "estimated_for": None,
        "instance": None,
        "items": None,
        "compared_with": None,
    }


def test_milliseconds_are_rounded_up() -> None:
    receipt = Cashier(PLATFORM).receipt(0.001, NOTHING)
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
    work = Work(payload_bytes=payload_bytes)
    receipt = Cashier(replace(PLATFORM, **{"memory_mb": 1024, **changes})).receipt(1000, work)  # type: ignore[arg-type]
    assert receipt is not None
    assert receipt.memory_mb is not None
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
    assert cashier.receipt(1500, NOTHING) is None


@pytest.mark.parametrize("duration_ms", [float("nan"), float("inf"), -1.0])
def test_a_duration_that_cannot_be_costs_the_receipt_alone(
    duration_ms: float, caplog: pytest.LogCaptureFixture
) -> None:
    assert Cashier(PLATFORM).receipt(duration_ms, NOTHING) is None
    assert "no receipt for this request" in caplog.text


def test_a_platform_that_cannot_be_costs_the_receipt_alone() -> None:
    assert Cashier(replace(PLATFORM, memory_mb=0)).receipt(1, NOTHING) is None
    assert asdict(PLATFORM)["memory_mb"] == 4096


def test_starting_up_is_part_of_the_bill_and_told() -> None:
    """1,500 ms of which 900.2 were init: billed whole, and said apart."""
    receipt = Cashier(PLATFORM).receipt(1500, Work(init_ms=900.2))
    assert receipt is not None
    assert (receipt.billed_ms, receipt.init_ms, receipt.compute_usd) == (1500, 901, "0.0000800004")


def test_storage_above_what_is_included() -> None:
    """1.5 s of 2 GB more than the 512 MB included: 3 GB-s at 0.0000000309, beside 6 GB-s at 0.0000133334."""
    receipt = Cashier(replace(PLATFORM, ephemeral_mb=2560)).receipt(1500, NOTHING)
    assert receipt is not None
    assert (receipt.ephemeral_mb, receipt.compute_usd) == (2560, "0.0000800931")


def test_an_estimate_says_for_what() -> None:
    receipt = Cashier(replace(PLATFORM, estimated=True)).receipt(1500, NOTHING)
    assert receipt is not None
    assert receipt.estimated_for is not None
    assert receipt.estimated_for.model_dump() == {"memory_mb": 4096, "architecture": "arm64"}


def test_every_picture_has_its_share_and_one_that_failed_too() -> None:
    """By time: 600, 300 and 0 ms of pictures in a call of 1.5 s, whose whole price is 0.0000837004."""
    items = [ItemTime(0, "ok", 600.0), ItemTime(1, "error", 300.0), ItemTime(2, "not_processed", 0.0)]
    receipt = Cashier(PLATFORM).receipt(1500, Work(images=1, items=items))
    assert receipt is not None
    assert receipt.items is not None
    assert receipt.usd == "0.0000837004"
    assert [item.model_dump() for item in receipt.items] == [
        {"index": 0, "status": "ok", "time_ms": 600.0, "usd": "0.000055800266667"},
        {"index": 1, "status": "error", "time_ms": 300.0, "usd": "0.000027900133333"},
        {"index": 2, "status": "not_processed", "time_ms": 0.0, "usd": "0.00000000"},
    ]


@pytest.mark.parametrize("platform", [PLATFORM, INSTANCE])
def test_shares_add_up_to_the_whole(platform: Platform) -> None:
    for billed in (1, 17, 1501, 24_999):
        items = [ItemTime(index, "error" if index % 7 == 3 else "ok", 1.1 * index) for index in range(50)]
        receipt = Cashier(platform).receipt(billed, Work(items=items))
        assert receipt is not None
        assert receipt.items is not None
        assert receipt.usd is not None
        assert sum(Decimal(item.usd or "nan") for item in receipt.items) == Decimal(receipt.usd)


def test_what_was_not_reached_has_no_share_even_where_nothing_took_time() -> None:
    items = [ItemTime(0, "error", 0.0), ItemTime(1, "not_processed", 0.0)]
    receipt = Cashier(PLATFORM).receipt(1500, Work(items=items))
    assert receipt is not None
    assert receipt.items is not None
    assert [item.usd for item in receipt.items] == [receipt.usd, "0.00000000"]


@pytest.mark.parametrize(
    ("counterpart", "images", "expected"),
    [
        ("labels", 1, ("Amazon Rekognition DetectLabels", 1, "0.00100000")),
        ("moderation", 50, ("Amazon Rekognition DetectModerationLabels", 50, "0.05000000")),
        ("labels", 0, None),
        (None, 3, None),
    ],
)
def test_the_same_call_at_rekognition(
    counterpart: pricing.RekognitionApi | None, images: int, expected: tuple[str, int, str] | None
) -> None:
    receipt = Cashier(PLATFORM).receipt(1500, Work(images=images, counterpart=counterpart))
    assert receipt is not None
    compared = receipt.compared_with
    assert (None if compared is None else (compared.service, compared.images, compared.usd)) == expected


def test_a_job_on_an_instance() -> None:
    """36 s of an hour that costs 1.127 are 0.01127; the ten minutes before it cost 0.1878 and are nobody's."""
    receipt = Cashier(INSTANCE).receipt(36_000, Work(images=1, counterpart="labels", idle_seconds=600.0))
    assert receipt is not None
    assert receipt.model_dump() == {
        "billed_ms": 36_000,
        "memory_mb": None,
        "architecture": None,
        "gb_seconds": None,
        "compute_usd": "0.01127000",
        "request_usd": "0.00000000",
        "gateway_usd": "0.00000000",
        "usd": "0.01127000",
        "rate": "instance",
        "rate_usd_per_gb_second": None,
        "estimated": False,
        "price_table": {"region": "us-east-1", "effective": "2025-10-01"},
        "init_ms": 0,
        "ephemeral_mb": None,
        "estimated_for": None,
        "instance": {
            "type": "ml.g6.xlarge",
            "seconds": "36.000",
            "usd_per_hour": "1.127",
            "idle_seconds": "600.000",
            "idle_usd": "0.187833333333333",
        },
        "items": None,
        "compared_with": {"service": "Amazon Rekognition DetectLabels", "images": 1, "usd": "0.00100000"},
    }


def test_an_instance_without_a_price_has_an_unknown_one() -> None:
    receipt = Cashier(replace(INSTANCE, instance_type="ml.p9.large")).receipt(
        36_000, Work(items=[ItemTime(0, "ok", 1.0)])
    )
    assert receipt is not None
    assert receipt.instance is not None
    assert receipt.items is not None
    assert (receipt.usd, receipt.compute_usd, receipt.instance.usd_per_hour, receipt.items[0].usd) == (None,) * 4


def test_where_one_price_is_known_the_rest_is_null() -> None:
    receipt = Cashier(replace(PLATFORM, region="eu-central-1")).receipt(
        1500, Work(images=1, counterpart="labels", items=[ItemTime(0, "ok", 1.0)])
    )
    assert receipt is not None
    assert receipt.items is not None
    assert receipt.compared_with is not None
    assert (receipt.gb_seconds, receipt.compute_usd, receipt.usd, receipt.items[0].usd) == ("6.000", None, None, None)
    assert receipt.compared_with.usd is None


ON_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008"}


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, (4096, 512, False, None, True)),
        ({"COST_MEMORY_MB": "2048", "COST_EPHEMERAL_MB": "1024"}, (2048, 1024, False, None, True)),
        (ON_LAMBDA, (3008, 512, False, None, False)),
        ({**ON_LAMBDA, "COST_EPHEMERAL_MB": "10240"}, (3008, 10_240, False, None, False)),
        (
            {**ON_LAMBDA, "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency"},
            (3008, 512, True, None, False),
        ),
        ({**ON_LAMBDA, "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, (3008, 512, False, None, False)),
        ({"INSTANCE_TYPE": "ml.g6.xlarge"}, (4096, 512, False, "ml.g6.xlarge", False)),
        ({**ON_LAMBDA, "INSTANCE_TYPE": "ml.g6.xlarge"}, (3008, 512, False, None, False)),
    ],
)
def test_where_it_runs_is_read_from_the_environment(
    environment: dict[str, str], told: tuple[int, int, bool, str | None, bool]
) -> None:
    read = SettingsReader(environment)
    found = read_platform(read, "us-east-1", "semantic")
    read.finish()
    assert (
        found.memory_mb,
        found.ephemeral_mb,
        found.provisioned,
        found.instance_type,
        found.estimated,
    ) == told
