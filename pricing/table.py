"""The shape of one region's prices, as its data file states them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from pricing.units import UNITS

Architecture: TypeAlias = Literal["arm64", "x86_64"]
Gateway: TypeAlias = Literal["rest", "http"]
Workflow: TypeAlias = Literal["standard", "express_requests", "express_duration"]
StorageRequest: TypeAlias = Literal["put", "get"]
RekognitionApi: TypeAlias = Literal["labels", "moderation"]


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a volume price: what a unit costs from `from_units` a month on."""

    from_units: int
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """One entry of a price list. `per` is the unit it is quoted in, one of `UNITS`; tiers count single ones of it."""

    per: str
    tiers: tuple[Tier, ...]  # ascending; the first starts at 0
    source: str
    effective: date
    sku: str | None = None
    metered_bytes: int | None = None  # a longer payload counts as several requests
    more_tiers: bool = False  # there are more, cheaper ones, which are not known here

    @property
    def first_tier_usd(self) -> Decimal:
        """The price of one `per` in tier 1, which is what a single receipt can know."""
        return self.tiers[0].usd

    @property
    def scale(self) -> int:
        """How many are bought at that price: a million of "million requests"."""
        return UNITS[self.per]


def _none() -> Any:  # whatever the names of a section are, it may have none of them
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """The prices of one region. An absent entry is unknown, which is not the same as free.

    `on_demand` and `provisioned` are durations per GB-second of invocation; `provisioned_kept` is what one GB of
    provisioned concurrency costs per second kept ready, invoked or not, and so is on no invocation's receipt.
    `sagemaker` is by instance type, per hour of an instance that serves an asynchronous endpoint.
    """

    region: str
    on_demand: Mapping[Architecture, Price] = field(default_factory=_none)
    provisioned: Mapping[Architecture, Price] = field(default_factory=_none)
    provisioned_kept: Mapping[Architecture, Price] = field(default_factory=_none)
    ephemeral_storage: Mapping[Architecture, Price] = field(default_factory=_none)
    requests: Mapping[Architecture, Price] = field(default_factory=_none)
    gateway: Mapping[Gateway, Price] = field(default_factory=_none)
    step_functions: Mapping[Workflow, Price] = field(default_factory=_none)
    s3: Mapping[StorageRequest, Price] = field(default_factory=_none)
    logs: Mapping[Literal["ingest"], Price] = field(default_factory=_none)
    ecr: Mapping[Literal["storage"], Price] = field(default_factory=_none)
    sns: Mapping[Literal["publish"], Price] = field(default_factory=_none)
    sagemaker: Mapping[str, Price] = field(default_factory=_none)
    rekognition: Mapping[RekognitionApi, Price] = field(default_factory=_none)

    @property
    def entries(self) -> dict[str, Price]:
        """Every entry by its key in the data file, in the order of the catalogue."""
        return {
            section.entry(name): getattr(self, section.field)[name]
            for section in SECTIONS
            for name in getattr(self, section.field)
        }

    @property
    def effective(self) -> date:
        """The date since when the whole table holds: that of its newest entry."""
        return max(entry.effective for entry in self.entries.values())


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the data file: where it is, where a PriceTable keeps it, and the unit of each entry it may have."""

    field: str
    key: str
    units: Mapping[str, str]
    """Unit by the entry's name; "*" is the unit of any other name that is an instance type."""

    def entry(self, name: str) -> str:
        """An entry's key in the file, a name with dots quoted as TOML has it."""
        return f'{self.key}."{name}"' if "." in name else f"{self.key}.{name}"


def _either(unit: str) -> Mapping[str, str]:
    return {"arm64": unit, "x86_64": unit}


SECTIONS: tuple[Section, ...] = (
    Section("on_demand", "lambda.on_demand", _either("GB-second")),
    Section("provisioned", "lambda.provisioned", _either("GB-second")),
    Section("provisioned_kept", "lambda.provisioned_kept", _either("GB-second")),
    Section("ephemeral_storage", "lambda.ephemeral_storage", _either("GB-second")),
    Section("requests", "lambda.requests", _either("million requests")),
    Section("gateway", "gateway", {"rest": "million requests", "http": "million requests"}),
    Section(
        "step_functions",
        "step_functions",
        {
            "standard": "thousand transitions",
            "express_requests": "million requests",
            "express_duration": "GB-hour",
        },
    ),
    Section("s3", "s3", {"put": "thousand requests", "get": "thousand requests"}),
    Section("logs", "logs", {"ingest": "GB"}),
    Section("ecr", "ecr", {"storage": "GB-month"}),
    Section("sns", "sns", {"publish": "million requests"}),
    Section("sagemaker", "sagemaker", {"*": "instance-hour"}),
    Section("rekognition", "rekognition", {"labels": "image", "moderation": "image"}),
)
"""Every price that a table may hold."""
