"""The whole report of a stage or of some saved logs, and what it says as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from ops.cost_report.accuracy import Accuracy, accuracy
from ops.cost_report.calls import Call, join
from ops.cost_report.kept import Kept, KeptCost, kept_costs
from ops.cost_report.rows import Row, add_up, add_up_by
from ops.cost_report.sources import Source
from ops.money import exact_usd

RowKey: TypeAlias = tuple[str, str, str | None]
"""Function, route, caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """Rows by function, route and caller, the sums above them, and what stands beside."""

    calls: Sequence[Call]
    rows: dict[RowKey, Row]
    functions: dict[str, Row]
    total: Row
    accuracy: Accuracy | None
    kept: Sequence[KeptCost]
    unreadable: int
    """Lines that should have been read and were not."""

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """First and last receipt; None where there is none."""
        times = [call.at for call in self.calls if call.at is not None]
        return (min(times), max(times)) if times else None

    def as_json(self) -> dict[str, Any]:
        """Amounts as decimal strings; null is not known."""
        return {
            "from": self.span[0].isoformat() if self.span else None,
            "until": self.span[1].isoformat() if self.span else None,
            "rows": [
                {"function": function, "route": route, "caller": caller, **row.as_json()}
                for (function, route, caller), row in self.rows.items()
            ],
            "functions": {name: row.as_json() for name, row in self.functions.items()},
            "total": self.total.as_json(),
            "accuracy": self.accuracy.as_json() if self.accuracy else None,
            "provisioned": [
                {
                    "function": one.function,
                    "environments": one.environments,
                    "hours": float(one.hours),
                    "usd": exact_usd(one.usd),
                    "busy_share": round(float(one.busy_share), 6),
                    "idle_usd": exact_usd(one.idle_usd),
                }
                for one in self.kept
            ],
            "unreadable_lines": self.unreadable,
        }


def make_report(sources: Sequence[Source], kept: Sequence[Kept] = ()) -> CostReport:
    """Join and add up. Rows are in the order of function and route, those without a receipt last."""
    calls = join(sources)
    rows = add_up_by(calls, lambda call: (call.function, call.route, call.caller))
    order = sorted(rows, key=lambda key: (key[0], not rows[key].receipts, key[1], key[2] or ""))
    functions = add_up_by(calls, lambda call: call.function)
    return CostReport(
        calls=calls,
        rows={key: rows[key] for key in order},
        functions={name: functions[name] for name in sorted(functions)},
        total=add_up(calls),
        accuracy=accuracy(calls),
        kept=kept_costs(kept, calls),
        unreadable=sum(len(source.records.unreadable) for source in sources),
    )
