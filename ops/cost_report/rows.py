"""Calls added up: per function, route and caller, and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import pricing
from ops.cost_report.calls import Call
from ops.money import exact_usd

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some calls together. An amount is None as soon as one call's is not known; None is never 0.

    `estimated_usd` is over the calls with a receipt, `billed_usd` over those with a report, and the differences over
    those with both. `rekognition_usd` is for the pictures that it has something alike for.
    """

    calls: int
    receipts: int
    reports: int
    images: int
    cold: int
    estimated_usd: Decimal | None
    billed_usd: Decimal | None
    usd: Decimal | None
    """Each call as it is billed where a report says so, else as its receipt does."""
    matched: int
    matched_usd: Decimal | None
    """What the calls with both are billed."""
    difference_usd: Decimal | None
    idle_usd: Decimal | None
    """Of instances that waited between jobs; on no receipt's total."""
    rekognition_usd: Decimal | None
    rekognition_images: int

    @property
    def usd_per_thousand_images(self) -> Decimal | None:
        """None where no picture was judged."""
        return None if self.usd is None or not self.images else self.usd * 1000 / self.images

    @property
    def cold_share(self) -> Decimal:
        """Of all calls."""
        return Decimal(self.cold) / self.calls if self.calls else Decimal(0)

    def as_json(self) -> dict[str, Any]:
        """Amounts as decimal strings."""
        return {
            "calls": self.calls,
            "receipts": self.receipts,
            "reports": self.reports,
            "images": self.images,
            "cold_share": round(float(self.cold_share), 6),
            "estimated_usd": exact_usd(self.estimated_usd),
            "billed_usd": exact_usd(self.billed_usd),
            "matched": self.matched,
            "difference_usd": exact_usd(self.difference_usd),
            "idle_usd": exact_usd(self.idle_usd),
            "usd_per_thousand_images": exact_usd(self.usd_per_thousand_images),
            "rekognition_usd": exact_usd(self.rekognition_usd),
            "rekognition_images": self.rekognition_images,
        }


def add_up(calls: Sequence[Call]) -> Row:
    """One row over these calls."""
    receipts = [call for call in calls if call.receipt is not None]
    reports = [call for call in calls if call.report is not None]
    both = [call for call in receipts if call.report is not None]
    compared = [call for call in receipts if call.receipt and call.receipt.rekognition_usd is not None]
    matched_usd = _sum(call.billed_usd for call in both)
    idle = [found for call in receipts if (found := _idle_usd(call)) is not None]
    return Row(
        calls=len(calls),
        receipts=len(receipts),
        reports=len(reports),
        images=sum(call.images for call in calls),
        cold=sum(call.cold for call in calls),
        estimated_usd=_sum(call.estimated_usd for call in receipts),
        billed_usd=_sum(call.billed_usd for call in reports),
        usd=_sum(call.estimated_usd if call.report is None else call.billed_usd for call in calls),
        matched=len(both),
        matched_usd=matched_usd,
        difference_usd=pricing.total(matched_usd, _negative(both)),
        idle_usd=sum(idle, Decimal(0)) if idle else None,
        rekognition_usd=_sum(call.receipt.rekognition_usd for call in compared if call.receipt),
        rekognition_images=sum(call.images for call in compared),
    )


def add_up_by(calls: Iterable[Call], key: Callable[[Call], Key]) -> dict[Key, Row]:
    """A row for each value of `key`, in the order of their first calls."""
    groups: dict[Key, list[Call]] = defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return {value: add_up(group) for value, group in groups.items()}


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """None where there is nothing to add up."""
    parts = list(amounts)
    return pricing.total(*parts) if parts else None


def _negative(calls: Sequence[Call]) -> Decimal | None:
    estimated = _sum(call.estimated_usd for call in calls)
    return None if estimated is None else -estimated


def _idle_usd(call: Call) -> Decimal | None:
    receipt = None if call.receipt is None else call.receipt.receipt
    instance = None if receipt is None else receipt.instance
    return None if instance is None or instance.idle_usd is None else Decimal(instance.idle_usd)
