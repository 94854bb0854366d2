"""The receipt on every answer: what this invocation costs, by the dated price table of its region."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pricing
from functions.common import wire

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the app runs, as far as its bill depends on it."""

    region: str
    memory_mb: int
    architecture: Literal["arm64", "x86_64"]
    provisioned: bool
    gateway: Literal["rest", "http"] | None
    estimated: bool
    """True outside Lambda: the receipt says what the call would cost there."""


class Cashier:
    """Writes receipts. Never fails a request: what goes wrong here is logged and the receipt is None."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._table: pricing.PriceTable | None = None
        try:
            self._table = pricing.load(platform.region)
        except Exception:
            logger.exception("no receipts: the price table cannot be read")
        else:
            if self._table is None:
                logger.warning("no receipts: there is no price table for %s", platform.region)

    def receipt(self, duration_ms: float, payload_bytes: int) -> wire.Cost | None:
        """The receipt for an invocation billed for `duration_ms`, initialisation included where it is billed.

        `payload_bytes` is the request's size, which HTTP APIs meter; answers are always smaller than their unit.
        """
        try:
            return self._receipt(duration_ms, payload_bytes)
        except Exception:
            logger.exception("no receipt for this request")
            return None

    def _receipt(self, duration_ms: float, payload_bytes: int) -> wire.Cost | None:
        if self._table is None:
            return None
        platform = self._platform
        invocation = pricing.Invocation(
            billed_ms=pricing.whole_milliseconds(duration_ms),
            memory_mb=platform.memory_mb,
            architecture=platform.architecture,
            provisioned=platform.provisioned,
            gateway=platform.gateway,
            payload_bytes=payload_bytes,
        )
        cost = pricing.price(invocation, self._table)

        def text(amount: Decimal | None) -> str | None:
            return None if amount is None else pricing.plain(amount)

        return wire.Cost(
            billed_ms=invocation.billed_ms,
            memory_mb=platform.memory_mb,
            architecture=platform.architecture,
            gb_seconds=pricing.plain(cost.gb_seconds, minimum_places=3),
            compute_usd=text(cost.compute_usd),
            request_usd=text(cost.request_usd),
            gateway_usd=text(cost.gateway_usd),
            usd=text(cost.usd),
            rate=cost.rate,
            rate_usd_per_gb_second=text(cost.rate_usd_per_gb_second),
            estimated=platform.estimated,
            price_table=wire.PriceTableReference(
                region=self._table.region, effective=self._table.effective.isoformat()
            ),
        )
