"""The committed tables, value by value, against the price list they were copied from."""

from datetime import date
from decimal import Decimal

import pytest

from pricing import SECONDS_PER_MONTH, Price, PriceTable, Usage, load, monthly_bill
from pricing.loader import REGIONS


def table_of(region: str) -> PriceTable:
    table = load(region)
    assert table is not None
    return table


def tiers(entry: Price) -> list[tuple[int, str]]:
    return [(tier.from_units, format(tier.usd, "f")) for tier in entry.tiers]


def test_us_east_1() -> None:
    table = table_of("us-east-1")
    assert table.region == "us-east-1"
    assert table.effective == date(2025, 10, 1)
    assert {name: tiers(entry) for name, entry in table.on_demand.items()} == {
        "arm64": [(0, "0.0000133334"), (7_500_000_000, "0.0000120001"), (18_750_000_000, "0.0000106667")],
        "x86_64": [(0, "0.0000166667"), (6_000_000_000, "0.000015"), (15_000_000_000, "0.0000133334")],
    }
    assert {name: tiers(entry) for name, entry in table.provisioned.items()} == {
        "arm64": [(0, "0.0000077778")],
        "x86_64": [(0, "0.0000097222")],
    }
    assert {name: tiers(entry) for name, entry in table.provisioned_kept.items()} == {
        "arm64": [(0, "0.0000033334")],
        "x86_64": [(0, "0.0000041667")],
    }
    assert {name: tiers(entry) for name, entry in table.ephemeral_storage.items()} == {
        "arm64": [(0, "0.0000000309")],
        "x86_64": [(0, "0.0000000309")],
    }
    assert {name: tiers(entry) for name, entry in table.requests.items()} == {
        "arm64": [(0, "0.20")],
        "x86_64": [(0, "0.20")],
    }
    assert {name: tiers(entry) for name, entry in table.gateway.items()} == {
        "rest": [(0, "3.50"), (333_000_000, "2.80"), (1_000_000_000, "2.38"), (20_000_000_000, "1.51")],
        "http": [(0, "1.00"), (300_000_000, "0.90")],
    }
    assert {name: entry.metered_bytes for name, entry in table.gateway.items()} == {"rest": None, "http": 512 * 1024}
    assert {key: tiers(entry) for key, entry in table.entries.items() if not key.startswith(("lambda", "gateway"))} == {
        "step_functions.standard": [(0, "0.025")],
        "step_functions.express_requests": [(0, "1.00")],
        "step_functions.express_duration": [(0, "0.060012")],
        "s3.put": [(0, "0.005")],
        "s3.get": [(0, "0.0004")],
        "logs.ingest": [(0, "0.50")],
        "ecr.storage": [(0, "0.10")],
        'sagemaker."ml.g4dn.xlarge"': [(0, "0.7364")],
        'sagemaker."ml.g5.xlarge"': [(0, "1.408")],
        'sagemaker."ml.g6.xlarge"': [(0, "1.127")],
        "rekognition.labels": [(0, "0.001"), (1_000_000, "0.0008"), (5_000_000, "0.0006")],
        "rekognition.moderation": [(0, "0.001"), (1_000_000, "0.0008"), (5_000_000, "0.0006")],
    }
    assert [key for key, entry in table.entries.items() if entry.more_tiers] == (
        ["step_functions.express_duration", "rekognition.labels", "rekognition.moderation"]
    )


def test_eu_west_1_states_what_is_known_and_nothing_else() -> None:
    table = table_of("eu-west-1")
    assert table.effective == date(2026, 10, 1)
    assert {name: tiers(entry) for name, entry in table.on_demand.items()} == {
        name: tiers(entry) for name, entry in table_of("us-east-1").on_demand.items()
    }
    assert {name: tiers(entry) for name, entry in table.provisioned.items()} == {"x86_64": [(0, "0.0000108407")]}
    assert {name: tiers(entry) for name, entry in table.provisioned_kept.items()} == {"x86_64": [(0, "0.000004646")]}
    assert table.ephemeral_storage == {}
    assert {name: tiers(entry) for name, entry in table.requests.items()} == {
        "arm64": [(0, "0.20")],
        "x86_64": [(0, "0.20")],
    }
    assert {name: tiers(entry) for name, entry in table.gateway.items()} == {
        "rest": [(0, "3.50"), (333_000_000, "3.19"), (1_000_000_000, "2.71"), (20_000_000_000, "1.72")],
        "http": [(0, "1.11"), (300_000_000, "1.00")],
    }


ONE_PRICE = {
    "af-south-1": ("lambda.on_demand.x86_64", "0.0000221"),
    "ap-east-1": ("lambda.on_demand.x86_64", "0.00002292"),
    "ap-northeast-1": ("lambda.provisioned_kept.x86_64", "0.0000053835"),
    "eu-central-1": ("lambda.provisioned_kept.x86_64", "0.0000050147"),
    "eu-south-1": ("lambda.on_demand.x86_64", "0.0000195172"),
    "eu-west-2": ("lambda.provisioned_kept.x86_64", "0.0000048304"),
    "eu-west-3": ("lambda.provisioned_kept.x86_64", "0.0000048673"),
}


@pytest.mark.parametrize("region", ONE_PRICE)
def test_where_one_price_is_known_it_stands_alone(region: str) -> None:
    key, usd = ONE_PRICE[region]
    table = table_of(region)
    assert {name: tiers(entry) for name, entry in table.entries.items()} == {key: [(0, usd)]}
    assert table.entries[key].more_tiers == (key == "lambda.on_demand.x86_64"), "the other tiers are not known"


def test_there_is_no_table_for_any_other_region() -> None:
    assert sorted(path.stem for path in REGIONS.iterdir()) == sorted(["eu-west-1", "us-east-1", *ONE_PRICE])
    for region in ("ap-south-1", "", "us-east-1.toml", "../regions/us-east-1", "US-EAST-1", "us-east-1\n"):
        assert load(region) is None


def test_every_entry_says_where_it_comes_from() -> None:
    for path in REGIONS.iterdir():
        table = table_of(path.stem)
        for key, entry in table.entries.items():
            assert entry.source.startswith("AWS price list ("), key
            assert table.region in entry.source, key
            assert entry.effective.year >= 2025, key


def test_provisioned_concurrency_pays_above_sixty_percent_busy_in_us_east_1() -> None:
    """A published consequence of these rates: kept / (on demand - provisioned) is the break-even utilisation."""
    table = table_of("us-east-1")
    for architecture in ("arm64", "x86_64"):
        kept = table.provisioned_kept[architecture].first_tier_usd
        saved = table.on_demand[architecture].first_tier_usd - table.provisioned[architecture].first_tier_usd
        assert round(kept / saved, 3) == Decimal("0.600")


def test_one_kept_gigabyte_costs_876_cents_a_month_on_arm64() -> None:
    usage = Usage(architecture="arm64", kept_gb_seconds=Decimal(SECONDS_PER_MONTH))
    usd = monthly_bill(usage, table_of("us-east-1")).usd
    assert usd is not None
    assert round(usd, 2) == Decimal("8.76")
