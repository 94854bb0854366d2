"""The shape of one region's prices, as its data file states them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

Architecture: TypeAlias = Literal["arm64", "x86_64"]
Gateway: TypeAlias = Literal["rest", "http"]


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a volume price: what a unit costs from `from_units` a month on."""

    from_units: int
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """One entry of a price list. `per` is the unit: "GB-second" or "million requests"."""

    per: str
    tiers: tuple[Tier, ...]  # ascending; the first starts at 0
    source: str
    effective: date
    metered_bytes: int | None = None  # a longer payload counts as several requests

    @property
    def first_tier_usd(self) -> Decimal:
        """The price of one unit in tier 1, which is what a single receipt can know."""
        return self.tiers[0].usd


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The prices of one region. An absent entry is unknown, which is not the same as free.

    `on_demand` and `provisioned` are durations per GB-second of invocation; `provisioned_kept` is what one GB of
    provisioned concurrency costs per second kept ready, invoked or not, and so is on no invocation's receipt.
    """

    region: str
    on_demand: Mapping[Architecture, Price]
    provisioned: Mapping[Architecture, Price]
    provisioned_kept: Mapping[Architecture, Price]
    ephemeral_storage: Mapping[Architecture, Price]
    requests: Price | None
    gateway: Mapping[Gateway, Price]

    @property
    def effective(self) -> date:
        """The date since when the whole table holds: that of its newest entry."""
        groups = (self.on_demand, self.provisioned, self.provisioned_kept, self.ephemeral_storage, self.gateway)
        entries = [entry for group in groups for entry in group.values()]
        return max(entry.effective for entry in (*entries, *([self.requests] if self.requests else [])))
