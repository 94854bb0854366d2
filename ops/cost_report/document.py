"""A report as one HTML page: the table, and its figures drawn."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from ops.charts.bars import draw_bars
from ops.charts.columns import Series, draw_columns
from ops.charts.page import bullets, heading, page, table
from ops.cost_report.calls import Call
from ops.cost_report.report import CostReport
from ops.cost_report.rows import Row, add_up_by
from ops.cost_report.wording import HEADER, NAMES, notes, sum_rows, table_rows
from ops.money import told_usd

_STEPS: Final = (1, 5, 15, 60, 360, 1_440, 10_080)
"""Minutes that one group of columns may stand for."""
_GROUPS: Final = 36
_BARS: Final = 14


def render(report: CostReport, title: str = "What it cost") -> str:
    """The page; charts that have nothing to show are left out."""
    span = report.span
    period = f"{span[0]:%Y-%m-%d %H:%M} to {span[1]:%Y-%m-%d %H:%M} UTC, by the receipts" if span else "no receipts"
    body = [
        table(HEADER, table_rows(report), names=NAMES, sums=sum_rows(report)),
        bullets(notes(report)),
        heading("Over time"),
        *_over_time(report.calls),
        heading("By route"),
        *_by_route(report.calls),
        heading("Receipts against Billed Duration"),
        *_differences(report.calls),
    ]
    return page(title, f"{period}; {report.total.calls:,} calls.", body)


def _over_time(calls: Sequence[Call]) -> list[str]:
    times = [call.at for call in calls if call.at is not None]
    if not times:
        return []
    minutes = _column_minutes(max(times) - min(times))
    width = timedelta(minutes=minutes)
    first = int(min(times).timestamp() // width.total_seconds())
    last = int(max(times).timestamp() // width.total_seconds())
    groups: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        if call.at is not None:
            groups[int(call.at.timestamp() // width.total_seconds())].append(call)
    form = "%H:%M" if minutes < 360 else "%m-%d %H h" if minutes < 1_440 else "%m-%d"
    numbers = range(first, last + 1)
    labels = [datetime.fromtimestamp(number * width.total_seconds(), UTC).strftime(form) for number in numbers]
    series = [
        Series("estimated (receipts)", [_usd(call.estimated_usd for call in groups[number]) for number in numbers]),
        Series("billed (Lambda's reports)", [_usd(call.billed_usd for call in groups[number]) for number in numbers]),
    ]
    note = f"UTC, {_words(minutes)} a column; calls with a receipt, billed where a report says so"
    return [draw_columns("Cost, USD", note, labels, series)]


def _column_minutes(span: timedelta) -> int:
    """The shortest step that leaves few enough columns; beyond the longest, as many of it as that takes."""
    fitting = (step for step in _STEPS if span / timedelta(minutes=step) < _GROUPS)
    longest = timedelta(minutes=_STEPS[-1])
    return next(fitting, _STEPS[-1] * (span // (longest * _GROUPS) + 1))


def _by_route(calls: Sequence[Call]) -> list[str]:
    rows = add_up_by(calls, lambda call: f"{call.function} {call.route}")
    if not rows:
        return []
    dearest = sorted(rows.items(), key=lambda item: item[1].usd or item[1].estimated_usd or Decimal(0), reverse=True)
    shown = dict(dearest[:_BARS])
    charts = [
        draw_bars(
            "Cost by route, USD",
            _left_out(len(rows)),
            list(shown),
            [
                Series("estimated (receipts)", [_float(row.estimated_usd) for row in shown.values()]),
                Series("billed (Lambda's reports)", [_float(row.billed_usd) for row in shown.values()]),
            ],
            figure=_told,
        )
    ]
    judged = {name: row for name, row in shown.items() if row.images}
    if judged:
        charts.append(
            draw_bars(
                "A thousand images, USD",
                "Rekognition where it has something alike: tier 1, other answers",
                list(judged),
                [
                    Series("Rekognition", [_rekognition(row) for row in judged.values()]),
                    Series("here", [_float(row.usd_per_thousand_images) for row in judged.values()]),
                ],
                figure=_told,
            )
        )
    return charts


def _differences(calls: Sequence[Call]) -> list[str]:
    found = [
        call.report.billed_ms - call.estimated_ms
        for call in calls
        if call.report is not None and call.estimated_ms is not None
    ]
    if not found:
        return []
    edges = (-10, -5, -2, -1, 0, 1, 2, 3, 5, 10, 20)
    counts = [sum(difference < edges[0] for difference in found)]
    counts += [sum(low <= one < high for one in found) for low, high in itertools.pairwise(edges)]
    counts.append(sum(difference >= edges[-1] for difference in found))
    labels = [f"< {edges[0]}", *_ranges(edges), f"≥ {edges[-1]}"]
    series = [Series("calls", [float(count) for count in counts])]
    return [
        draw_columns("Calls by billed minus receipt, ms", "to the right: the receipt said too little", labels, series)
    ]


def _ranges(edges: Sequence[int]) -> list[str]:
    return [str(low) if high - low == 1 else f"{low} to {high - 1}" for low, high in itertools.pairwise(edges)]


def _left_out(count: int) -> str:
    return f"the {_BARS} dearest of {count}" if count > _BARS else "every route"


def _rekognition(row: Row) -> float | None:
    if row.rekognition_usd is None or not row.rekognition_images:
        return None
    return float(row.rekognition_usd * 1000 / row.rekognition_images)


def _usd(amounts: Iterable[Decimal | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return float(sum(known, Decimal(0))) if known else None


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _told(amount: float) -> str:
    return told_usd(Decimal(repr(amount)))


def _words(minutes: int) -> str:
    for size, name in ((10_080, "week"), (1_440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    raise AssertionError("every step is a number of minutes")
