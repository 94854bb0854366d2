"""Receipts and reports joined by request id: one call each, with what it was estimated and what it is billed."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pricing
from ops.cost_report.billing import BilledTerms, billed_usd, common_terms
from ops.cost_report.sources import Source
from ops.logs.lambda_reports import Report
from ops.logs.receipts import ReceiptLine

NO_RECEIPT = "(no receipt)"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: a receipt, a report, or both. None is not known.

    `function` of a call without a receipt is that of the other calls in its log, where they are all of one.
    """

    function: str
    receipt: ReceiptLine | None
    report: Report | None
    billed_usd: Decimal | None
    provisioned: bool | None

    @property
    def route(self) -> str:
        """As the contract has it."""
        return NO_RECEIPT if self.receipt is None else self.receipt.route

    @property
    def caller(self) -> str | None:
        """`key:<id>`, `iam:<hash>`; None is nobody that is known."""
        return None if self.receipt is None else self.receipt.caller

    @property
    def at(self) -> datetime | None:
        """When it was answered, as its receipt has it."""
        return None if self.receipt is None else self.receipt.at

    @property
    def images(self) -> int:
        """Pictures judged."""
        return 0 if self.receipt is None else self.receipt.images

    @property
    def cold(self) -> bool:
        """Whether it waited for a start."""
        if self.receipt is not None:
            return self.receipt.cold
        return self.report is not None and self.report.init_ms is not None

    @property
    def estimated_usd(self) -> Decimal | None:
        """What its receipt says."""
        return None if self.receipt is None else self.receipt.usd

    @property
    def estimated_ms(self) -> int | None:
        """The receipt's billed duration."""
        return None if self.receipt is None or self.receipt.receipt is None else self.receipt.receipt.billed_ms

    @property
    def gb_seconds(self) -> Decimal | None:
        """As billed, else as its receipt says; None on an instance."""
        if self.report is not None:
            return Decimal(self.report.billed_ms) / 1000 * self.report.memory_mb / pricing.MB_PER_GB
        receipt = None if self.receipt is None else self.receipt.receipt
        return None if receipt is None or receipt.gb_seconds is None else Decimal(receipt.gb_seconds)


def join(sources: Sequence[Source]) -> list[Call]:
    """Every call of these logs; one that has no report stands with its receipt alone, and the other way round.

    A line that two files both hold counts once. A request id with several reports is a call that Lambda tried again:
    the first report goes with the first receipt, and so on.
    """
    waiting: dict[str, deque[tuple[Report, Source]]] = defaultdict(deque)
    reports = {report: source for source in sources for report in source.records.reports}
    for report, place in reports.items():
        waiting[report.request_id].append((report, place))
    receipts = {(line.request_id, line.at): line for source in sources for line in source.records.receipts}
    calls = []
    for line in receipts.values():
        queue = waiting[line.request_id]
        calls.append(_call(line, queue.popleft()[0] if queue else None, line.function, BilledTerms.of(line)))
    for unmatched, place in (pair for queue in waiting.values() for pair in queue):
        neighbours = place.records.receipts
        functions = {line.function for line in neighbours}
        function = functions.pop() if len(functions) == 1 else UNKNOWN
        calls.append(_call(None, unmatched, function, common_terms(neighbours)))
    return calls


def _call(line: ReceiptLine | None, report: Report | None, function: str, terms: BilledTerms | None) -> Call:
    return Call(
        function=function,
        receipt=line,
        report=report,
        billed_usd=None if report is None or terms is None else billed_usd(report, terms),
        provisioned=None if terms is None else terms.provisioned,
    )
