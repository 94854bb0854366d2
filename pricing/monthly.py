"""A month's bill: volumes through the tiers of a price table, line by line."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from pricing.amounts import CONTEXT, total
from pricing.table import Architecture, Gateway, Price, PriceTable

HOURS_PER_MONTH: Final = 730
"""AWS's own convention: 8,760 hours a year, by 12."""
SECONDS_PER_MONTH: Final = HOURS_PER_MONTH * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A month's volumes in one region, for one architecture and one gateway. What is not used is 0 or None.

    `kept_gb_seconds` is provisioned concurrency, as it is kept: environments * GB * seconds. `gateway_requests` are as
    metered (an HTTP API counts a long payload as several). `instance_hours` are by instance type.
    """

    architecture: Architecture
    requests: Decimal = Decimal(0)
    on_demand_gb_seconds: Decimal = Decimal(0)
    provisioned_gb_seconds: Decimal = Decimal(0)
    kept_gb_seconds: Decimal = Decimal(0)
    ephemeral_gb_seconds: Decimal = Decimal(0)
    gateway: Gateway | None = None
    gateway_requests: Decimal = Decimal(0)
    instance_hours: tuple[tuple[str, Decimal], ...] = ()
    transitions: Decimal = Decimal(0)
    put_requests: Decimal = Decimal(0)
    get_requests: Decimal = Decimal(0)
    logged_gb: Decimal = Decimal(0)
    stored_image_gb: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `usd` None is unknown; `at_most` says that there are cheaper tiers, not known here."""

    key: str  # of the price in the data file
    units: Decimal  # single ones: requests, not millions of them
    usd: Decimal | None
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's bill: the lines with a volume, in the order of the catalogue."""

    lines: tuple[Line, ...]

    @property
    def usd(self) -> Decimal | None:
        """All lines together; None as soon as one is not known."""
        with localcontext(CONTEXT):
            return total(*(line.usd for line in self.lines))


def tiered_usd(units: Decimal, entry: Price) -> Decimal:
    """What `units` single units a month cost, each at the price of the tier it falls in: exact, not rounded.

    Negative or non-finite units raise ValueError.
    """
    if not units.is_finite() or units < 0:
        raise ValueError(f"a volume must be finite and not negative, not {units}")
    ends = [Decimal(tier.from_units) for tier in entry.tiers[1:]] + [units]
    with localcontext(CONTEXT):
        parts = [
            max(Decimal(0), min(units, end) - tier.from_units) * tier.usd / entry.scale
            for tier, end in zip(entry.tiers, ends, strict=True)
        ]
        return sum(parts, Decimal(0))


def monthly_bill(usage: Usage, table: PriceTable) -> Bill:
    """Price a month. Free tiers are not counted, and an account's other use of the same tiers is not known."""
    architecture = usage.architecture
    volumes = [
        (f"lambda.on_demand.{architecture}", usage.on_demand_gb_seconds),
        (f"lambda.provisioned.{architecture}", usage.provisioned_gb_seconds),
        (f"lambda.provisioned_kept.{architecture}", usage.kept_gb_seconds),
        (f"lambda.ephemeral_storage.{architecture}", usage.ephemeral_gb_seconds),
        (f"lambda.requests.{architecture}", usage.requests),
        *([(f"gateway.{usage.gateway}", usage.gateway_requests)] if usage.gateway else []),
        ("step_functions.standard", usage.transitions),
        ("s3.put", usage.put_requests),
        ("s3.get", usage.get_requests),
        ("logs.ingest", usage.logged_gb),
        ("ecr.storage", usage.stored_image_gb),
        *((f'sagemaker."{instance_type}"', hours) for instance_type, hours in usage.instance_hours),
    ]
    prices = table.entries
    return Bill(tuple(bill_line(key, units, prices.get(key)) for key, units in volumes if units))


def bill_line(key: str, units: Decimal, entry: Price | None) -> Line:
    """One volume through its tiers; `at_most` from the last known tier on, where there are more."""
    if entry is None:
        return Line(key, units, None)
    beyond = entry.more_tiers and units > entry.tiers[-1].from_units
    return Line(key, units, tiered_usd(units, entry), at_most=beyond)
