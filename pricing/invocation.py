"""What one invocation costs, part by part; a part whose price is unknown is None, and then so is the whole."""

import math
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final, Literal, get_args

from pricing.amounts import CONTEXT, SMALLEST_USD, total
from pricing.table import Architecture, Gateway, Price, PriceTable

MB_PER_GB: Final = 1024
"""As Lambda counts GB-seconds."""
EPHEMERAL_INCLUDED_MB: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One invocation as it is billed.

    `billed_ms` includes initialisation where that is billed. `provisioned` says that it ran in an environment kept by
    provisioned concurrency. `gateway` None means that it was invoked without one, which costs nothing.
    `payload_bytes` is the larger of the request and the response, as a gateway that meters by size sees it; None is
    unknown. Raises ValueError for figures that no invocation can have.
    """

    billed_ms: int
    memory_mb: int
    architecture: Architecture
    provisioned: bool
    ephemeral_mb: int = EPHEMERAL_INCLUDED_MB
    gateway: Gateway | None
    payload_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.architecture not in get_args(Architecture):
            raise ValueError(f"architecture must be one of {get_args(Architecture)}, not {self.architecture!r}")
        if self.gateway is not None and self.gateway not in get_args(Gateway):
            raise ValueError(f"gateway must be None or one of {get_args(Gateway)}, not {self.gateway!r}")
        for name, value, least in (
            ("billed_ms", self.billed_ms, 0),
            ("memory_mb", self.memory_mb, 1),
            ("ephemeral_mb", self.ephemeral_mb, EPHEMERAL_INCLUDED_MB),
            ("payload_bytes", 0 if self.payload_bytes is None else self.payload_bytes, 0),
        ):
            if type(value) is not int or value < least:  # a bool is no figure
                raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an invocation costs in USD. None is unknown, never 0; `usd` is None as soon as one part is.

    `compute_usd` is the duration and, above the 512 MB that are included, the ephemeral storage.
    """

    gb_seconds: Decimal
    compute_usd: Decimal | None
    request_usd: Decimal | None
    gateway_usd: Decimal | None
    usd: Decimal | None
    rate: Literal["on_demand", "provisioned"]
    rate_usd_per_gb_second: Decimal | None


def whole_milliseconds(duration_ms: float | Decimal) -> int:
    """Round a duration up to the whole milliseconds it is billed as. Negative or non-finite raises ValueError."""
    if not math.isfinite(duration_ms) or duration_ms < 0:
        raise ValueError(f"a duration must be finite and not negative, not {duration_ms!r} ms")
    return math.ceil(duration_ms)


def price(invocation: Invocation, table: PriceTable) -> Cost:
    """Price one invocation at tier 1: a single receipt cannot know the month's volume.

    GB-seconds are ms / 1000 * MB / 1024 (AWS Lambda's pricing page); what provisioned concurrency costs while it is
    kept ready belongs to no invocation and is not part of this.
    """
    with localcontext(CONTEXT):
        seconds = Decimal(invocation.billed_ms) / 1000
        gb_seconds = seconds * invocation.memory_mb / MB_PER_GB
        durations = table.provisioned if invocation.provisioned else table.on_demand
        duration = durations.get(invocation.architecture)
        storage_gb = Decimal(invocation.ephemeral_mb - EPHEMERAL_INCLUDED_MB) / MB_PER_GB
        compute_usd = total(
            _product(gb_seconds, duration),
            _product(seconds * storage_gb, table.ephemeral_storage.get(invocation.architecture))
            if storage_gb
            else Decimal(0),
        )
        request_usd = _product(Decimal("1E-6"), table.requests.get(invocation.architecture))
        gateway_usd = _gateway_usd(invocation, table)
        return Cost(
            gb_seconds=gb_seconds,
            compute_usd=compute_usd,
            request_usd=request_usd,
            gateway_usd=gateway_usd,
            usd=total(compute_usd, request_usd, gateway_usd),
            rate="provisioned" if invocation.provisioned else "on_demand",
            rate_usd_per_gb_second=duration.first_tier_usd if duration else None,
        )


def _gateway_usd(invocation: Invocation, table: PriceTable) -> Decimal | None:
    if invocation.gateway is None:
        return Decimal(0)
    entry = table.gateway.get(invocation.gateway)
    if entry is None or entry.metered_bytes is None:
        return _product(Decimal("1E-6"), entry)
    if invocation.payload_bytes is None:
        return None
    units = max(1, -(-invocation.payload_bytes // entry.metered_bytes))
    return _product(units * Decimal("1E-6"), entry)


def _product(units: Decimal, entry: Price | None) -> Decimal | None:
    return None if entry is None else (units * entry.first_tier_usd).quantize(SMALLEST_USD)
