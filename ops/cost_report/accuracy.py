"""How accurate the receipts are, call by call."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ops.cost_report.calls import Call

TOLERANCE_MS = 2
TOLERANCE_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Billed minus estimated, in ms, over the calls that have both; positive is a receipt that says too little."""

    calls: int
    within: int
    """Within 2 ms or 1 % of what is billed, whichever is larger."""
    lower_quarter_ms: int
    """A quarter of the calls have this difference or a smaller one."""
    median_ms: int
    p95_ms: int
    """Of the size of the difference, whichever way."""
    largest_ms: int

    def as_json(self) -> dict[str, Any]:
        """As it is."""
        return {
            "calls": self.calls,
            "within_2_ms_or_1_percent": self.within,
            "lower_quarter_ms": self.lower_quarter_ms,
            "median_ms": self.median_ms,
            "p95_ms": self.p95_ms,
            "largest_ms": self.largest_ms,
        }


def within_tolerance(billed_ms: int, estimated_ms: int) -> bool:
    """Whether a receipt is near enough."""
    return abs(billed_ms - estimated_ms) <= max(TOLERANCE_MS, TOLERANCE_SHARE * billed_ms)


def accuracy(calls: Iterable[Call]) -> Accuracy | None:
    """None where no call has both."""
    pairs = [
        (call.report.billed_ms, call.estimated_ms)
        for call in calls
        if call.report is not None and call.estimated_ms is not None
    ]
    if not pairs:
        return None
    differences = sorted(billed - estimated for billed, estimated in pairs)
    sizes = sorted(abs(difference) for difference in differences)
    return Accuracy(
        calls=len(pairs),
        within=sum(within_tolerance(billed, estimated) for billed, estimated in pairs),
        lower_quarter_ms=differences[(len(differences) - 1) // 4],
        median_ms=differences[(len(differences) - 1) // 2],
        p95_ms=sizes[math.ceil(0.95 * len(sizes)) - 1],
        largest_ms=sizes[-1],
    )
