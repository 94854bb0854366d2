"""The receipt on every answer: what this invocation costs, by the dated price table of its region."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pricing
from functions.common import wire

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the app runs, as far as its bill and what is told of it depend on that."""

    region: str
    memory_mb: int
    architecture: Literal["arm64", "x86_64"]
    provisioned: bool
    gateway: Literal["rest", "http"] | None
    estimated: bool
    """True outside Lambda: the receipt says what the call would cost there."""
    ephemeral_mb: int = pricing.EPHEMERAL_INCLUDED_MB
    instance_type: str | None = None
    """Where the app runs on an instance paid by the hour; what Lambda bills then means nothing."""
    function: str = ""
    stage: str | None = None
    """None: what the gateway says with each call."""
    metrics: bool = False
    """Whether receipts also go out as metrics."""


@dataclass(frozen=True, slots=True)
class ItemTime:
    """One picture of several: what became of it, and the time it took."""

    index: int
    status: Literal["ok", "error", "not_processed"]
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What an invocation did, as far as its receipt tells of it."""

    init_ms: float = 0.0
    """Of the duration: initialisation, where it is billed."""
    payload_bytes: int = 0
    """The request's size, which HTTP APIs meter; answers are always smaller than their unit."""
    images: int = 0
    """Pictures judged."""
    counterpart: pricing.RekognitionApi | None = None
    """The Rekognition API that is asked for something alike; None where there is none."""
    items: Sequence[ItemTime] = ()
    """Where one call has several pictures: each of them, in the order sent."""
    idle_seconds: float | None = None
    """On an instance: how long it waited before this job; None is unknown."""


class Cashier:
    """Writes receipts. Never fails a request: what goes wrong here is logged and the receipt is None."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._table: pricing.PriceTable | None = None
        self._reference: wire.PriceTableReference | None = None
        try:
            self._table = pricing.load(platform.region)
        except Exception:
            logger.exception("no receipts: the price table cannot be read")
            return
        if self._table is None:
            logger.warning("no receipts: there is no price table for %s", platform.region)
            return
        effective = self._table.effective.isoformat()
        self._reference = wire.PriceTableReference(region=self._table.region, effective=effective)

    def receipt(self, duration_ms: float, work: Work) -> wire.Cost | None:
        """The receipt for an invocation billed for `duration_ms`, initialisation included where it is billed.

        On an instance `duration_ms` is the job's part of the instance's time.
        """
        try:
            if self._table is None:
                return None
            if self.platform.instance_type is not None:
                return self._job(self.platform.instance_type, duration_ms, work, self._table)
            return self._invocation(duration_ms, work, self._table)
        except Exception:
            logger.exception("no receipt for this request")
            return None

    def _invocation(self, duration_ms: float, work: Work, table: pricing.PriceTable) -> wire.Cost:
        platform = self.platform
        invocation = pricing.Invocation(
            billed_ms=pricing.whole_milliseconds(duration_ms),
            memory_mb=platform.memory_mb,
            architecture=platform.architecture,
            provisioned=platform.provisioned,
            ephemeral_mb=platform.ephemeral_mb,
            gateway=platform.gateway,
            payload_bytes=work.payload_bytes,
        )
        cost = pricing.price(invocation, table)
        return wire.Cost(
            billed_ms=invocation.billed_ms,
            memory_mb=platform.memory_mb,
            architecture=platform.architecture,
            gb_seconds=pricing.plain(cost.gb_seconds, minimum_places=3),
            compute_usd=_text(cost.compute_usd),
            request_usd=_text(cost.request_usd),
            gateway_usd=_text(cost.gateway_usd),
            usd=_text(cost.usd),
            rate=cost.rate,
            rate_usd_per_gb_second=_text(cost.rate_usd_per_gb_second),
            estimated=platform.estimated,
            price_table=self._reference,
            init_ms=min(pricing.whole_milliseconds(work.init_ms), invocation.billed_ms),
            ephemeral_mb=platform.ephemeral_mb,
            estimated_for=wire.EstimatedFor(memory_mb=platform.memory_mb, architecture=platform.architecture)
            if platform.estimated
            else None,
            instance=None,
            items=_items(cost.usd, work.items),
            compared_with=_comparison(work, table),
        )

    def _job(self, instance_type: str, duration_ms: float, work: Work, table: pricing.PriceTable) -> wire.Cost:
        seconds = _seconds(duration_ms)
        idle = None if work.idle_seconds is None else _seconds(work.idle_seconds * 1000)
        cost = pricing.instance_cost(instance_type, seconds, table, idle_seconds=idle)
        nothing = pricing.plain(Decimal(0))
        return wire.Cost(
            billed_ms=pricing.whole_milliseconds(duration_ms),
            memory_mb=None,
            architecture=None,
            gb_seconds=None,
            compute_usd=_text(cost.usd),
            # The call that brought the job here is on the receipt of the function that took it.
            request_usd=nothing,
            gateway_usd=nothing,
            usd=_text(cost.usd),
            rate="instance",
            rate_usd_per_gb_second=None,
            estimated=False,
            price_table=self._reference,
            init_ms=0,
            ephemeral_mb=None,
            estimated_for=None,
            instance=wire.InstanceTime(
                type=instance_type,
                seconds=pricing.plain(seconds, minimum_places=3),
                usd_per_hour=None if cost.usd_per_hour is None else pricing.plain(cost.usd_per_hour, minimum_places=2),
                idle_seconds=None if idle is None else pricing.plain(idle, minimum_places=3),
                idle_usd=_text(cost.idle_usd),
            ),
            items=_items(cost.usd, work.items),
            compared_with=_comparison(work, table),
        )


def _items(usd: Decimal | None, items: Sequence[ItemTime]) -> list[wire.ItemCost] | None:
    """The shares of `usd` by time, one that was refused like any other; they add up to it."""
    if not items:
        return None
    parts: Sequence[Decimal | None] = [None] * len(items)
    if usd is not None:
        # What was not reached took no time, and so has no share even where nothing took any.
        reached = [item for item in items if item.status != "not_processed"]
        given = iter(pricing.shares(usd, [item.milliseconds for item in reached]))
        parts = [Decimal(0) if item.status == "not_processed" else next(given) for item in items]
    return [
        wire.ItemCost(index=item.index, status=item.status, time_ms=round(item.milliseconds, 3), usd=_text(part))
        for item, part in zip(items, parts, strict=True)
    ]


def _comparison(work: Work, table: pricing.PriceTable) -> wire.Comparison | None:
    if work.counterpart is None or not work.images:
        return None
    usd = pricing.rekognition_usd(work.images, work.counterpart, table)
    api = pricing.API_NAMES[work.counterpart]
    return wire.Comparison(service=f"Amazon Rekognition {api}", images=work.images, usd=_text(usd))


def _seconds(milliseconds: float) -> Decimal:
    """Seconds to the microsecond, as a float's last digits are not time."""
    return round(Decimal(milliseconds) / 1000, 6)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else pricing.plain(amount)
