"""A report in words and figures, the same for the terminal and the page."""

from __future__ import annotations

from typing import Final

from ops.cost_report.report import CostReport
from ops.cost_report.rows import Row
from ops.money import told_usd, usd

NAMES: Final = 3
"""Columns that name a row; the others are figures."""
HEADER: Final = (
    *("function", "route", "caller", "calls", "images", "cold", "estimated, USD", "billed, USD", "difference"),
    *("per thousand images, USD", "Rekognition, USD"),
)


def table_rows(report: CostReport) -> list[list[str | None]]:
    """A line for each row, one for each function where there are several, and the total."""
    lines = [_line(function, route, caller or "–", row) for (function, route, caller), row in report.rows.items()]
    if len(report.functions) > 1:
        lines += [_line(name, "all", "all", row) for name, row in report.functions.items()]
    return [*lines, _line("all", "all", "all", report.total)]


def sum_rows(report: CostReport) -> int:
    """How many of these lines are sums."""
    return 1 + (len(report.functions) if len(report.functions) > 1 else 0)


def notes(report: CostReport) -> list[str]:
    """What the table does not say by itself: one sentence each."""
    return [
        *_accuracy(report),
        *_difference_over(report.total),
        *_unmatched(report.total),
        *_kept(report),
        *_idle(report.total),
        *_rekognition(report.total),
        *_unreadable(report),
    ]


def _line(function: str, route: str, caller: str, row: Row) -> list[str | None]:
    return [
        function,
        route,
        caller,
        f"{row.calls:,}",
        f"{row.images:,}",
        f"{row.cold_share:.1%}",
        usd(row.estimated_usd),
        usd(row.billed_usd),
        _difference(row),
        usd(row.usd_per_thousand_images),
        usd(row.rekognition_usd),
    ]


def _difference(row: Row) -> str | None:
    if row.difference_usd is None or not row.matched_usd:
        return None
    return f"{row.difference_usd / row.matched_usd:+.2%}"


def _accuracy(report: CostReport) -> list[str]:
    found = report.accuracy
    if found is None:
        return ["No call has both a receipt and a report by Lambda, so nothing could be compared."]
    near = f"{found.within:,} of {found.calls:,} receipts are within 2 ms or 1 % of what Lambda billed"
    differences = f"median {found.median_ms:+d} ms, 95 % within {found.p95_ms} ms, largest {found.largest_ms} ms"
    return [f"{near}, whichever is larger. Billed minus receipt: {differences}."]


def _difference_over(total: Row) -> list[str]:
    if not 0 < total.matched < total.calls:
        return []
    sides = (
        f"'estimated' covers {_count(total.receipts, 'receipt')}, 'billed' {_count(total.reports, 'report')} by Lambda"
    )
    return [f"{sides}, 'difference' the {_count(total.matched, 'call')} with both."]


def _unmatched(total: Row) -> list[str]:
    sentences = []
    if without := total.calls - total.receipts:
        sentences.append(
            f"{_count(without, 'call')} without a receipt (timed out, crashed, or not an HTTP event), billed all the "
            "same; their price does not include API Gateway's."
        )
        if total.receipts == 0:
            sentences.append("Without any receipt their region and architecture are unknown, and so is their price.")
    if without := total.calls - total.reports:
        sentences.append(
            f"{_count(without, 'call')} without a report by Lambda (not in these logs, or run on an instance): only "
            "estimated."
        )
    return sentences


def _kept(report: CostReport) -> list[str]:
    sentences = []
    for one in report.kept:
        kept = f"{one.function}: {one.environments} kept ready for {one.hours:g} h"
        if one.configured is None:
            sentences.append(f"{kept}, at an unknown price: no call ran there.")
        elif one.usd is None:
            sentences.append(f"{kept}, at an unknown price: the table of {one.configured.region} has none for it.")
        else:
            used = f"{one.busy_share:.1%} of that time was used, the rest cost {told_usd(one.idle_usd)} USD"
            sentences.append(f"{kept} cost {told_usd(one.usd)} USD, which no receipt includes; {used}.")
    return sentences


def _idle(total: Row) -> list[str]:
    if total.idle_usd is None:
        return []
    return [f"Instances waited between jobs for {told_usd(total.idle_usd)} USD, which no job's price includes."]


def _rekognition(total: Row) -> list[str]:
    if total.rekognition_usd is None:
        return []
    return [
        f"Rekognition's price is for {total.rekognition_images:,} images, those of routes it has a counterpart for."
    ]


def _unreadable(report: CostReport) -> list[str]:
    count = report.unreadable
    return [f"{_count(count, 'line')} could not be read: cut off, or in an unknown format."] if count else []


def _count(count: int, name: str) -> str:
    return f"1 {name}" if count == 1 else f"{count:,} {name}s"
