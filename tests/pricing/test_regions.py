"""The committed tables, value by value, against the price list they were copied from."""

from datetime import date
from decimal import Decimal

from pricing import Price, PriceTable, load
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
    assert table.requests is not None
    assert tiers(table.requests) == [(0, "0.20")]
    assert {name: tiers(entry) for name, entry in table.gateway.items()} == {
        "rest": [(0, "3.50"), (333_000_000, "2.80"), (1_000_000_000, "2.38"), (20_000_000_000, "1.51")],
        "http": [(0, "1.00"), (300_000_000, "0.90")],
    }
    assert {name: entry.metered_bytes for name, entry in table.gateway.items()} == {"rest": None, "http": 512 * 1024}


def test_eu_west_1_states_what_is_known_and_nothing_else() -> None:
    table = table_of("eu-west-1")
    assert table.effective == date(2026, 10, 1)
    assert {name: tiers(entry) for name, entry in table.on_demand.items()} == {
        name: tiers(entry) for name, entry in table_of("us-east-1").on_demand.items()
    }
    assert {name: tiers(entry) for name, entry in table.provisioned.items()} == {"x86_64": [(0, "0.0000108407")]}
    assert {name: tiers(entry) for name, entry in table.provisioned_kept.items()} == {"x86_64": [(0, "0.0000046460")]}
    assert table.ephemeral_storage == {}
    assert table.requests is not None
    assert tiers(table.requests) == [(0, "0.20")]
    assert {name: tiers(entry) for name, entry in table.gateway.items()} == {
        "rest": [(0, "3.50"), (333_000_000, "3.19"), (1_000_000_000, "2.71"), (20_000_000_000, "1.72")],
        "http": [(0, "1.11"), (300_000_000, "1.00")],
    }


def test_there_is_no_table_for_any_other_region() -> None:
    assert sorted(path.stem for path in REGIONS.iterdir()) == ["eu-west-1", "us-east-1"]
    for region in ("ap-south-1", "", "us-east-1.toml", "../regions/us-east-1", "US-EAST-1", "us-east-1\n"):
        assert load(region) is None


def test_every_entry_says_where_it_comes_from() -> None:
    for region in ("us-east-1", "eu-west-1"):
        table = table_of(region)
        for entry in (*table.on_demand.values(), *table.provisioned.values(), *table.provisioned_kept.values()):
            assert entry.source.startswith("AWS price list (")
            assert entry.per == "GB-second"


def test_provisioned_concurrency_pays_above_sixty_percent_busy_in_us_east_1() -> None:
    """A published consequence of these rates: kept / (on demand - provisioned) is the break-even utilisation."""
    table = table_of("us-east-1")
    for architecture in ("arm64", "x86_64"):
        kept = table.provisioned_kept[architecture].first_tier_usd
        saved = table.on_demand[architecture].first_tier_usd - table.provisioned[architecture].first_tier_usd
        assert round(kept / saved, 3) == Decimal("0.600")
