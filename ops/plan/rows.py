"""A plan's tables, row by row, the same for the terminal and the page."""

from __future__ import annotations

from typing import Final, TypeAlias

from ops.charts.axes import number
from ops.money import line_usd, usd
from ops.plan.wording import PlanReport, per_thousand
from ops.tables import Cell

Table: TypeAlias = tuple[tuple[str, ...], list[list[Cell]]]
"""Header and rows."""
_LINES: Final = {  # by section of the prices
    "lambda.on_demand": "duration, on demand",
    "lambda.provisioned": "duration, provisioned",
    "lambda.provisioned_kept": "kept ready",
    "lambda.requests": "requests",
    "gateway": "REST API",
    "logs": "logs",
    "ecr": "stored image",
}
_UNITS: Final = {
    "GB-second": "GB-seconds",
    "million requests": "requests",
    "GB": "GB",
    "GB-month": "GB-months",
}
"""Single ones, by the unit that a price is quoted in."""


def models(report: PlanReport) -> Table:
    """The best setting of each model."""
    rows: list[list[Cell]] = []
    for outcome in report.plan.by_model:
        setting = outcome.setting
        accuracy = setting.measurement.accuracy
        rows.append(
            [
                setting.measurement.model,
                setting.architecture,
                None if accuracy is None else f"{accuracy:g}",
                f"{setting.memory_mb:,}",
                f"{setting.kept:,}",
                f"{outcome.concurrency:,}",
                f"{outcome.p95_seconds:.2f}",
                usd(outcome.usd),
                usd(per_thousand(outcome, report.plan)),
                "no" if outcome.broken else "yes",
            ]
        )
    header = ("model", "architecture", "ImageNet, %", "MB", "kept", "at once", "p95, s", "USD a month", "per thousand")
    return (*header, "limits met"), rows


def bill(report: PlanReport) -> Table:
    """The month, line by line."""
    rows: list[list[Cell]] = []
    for line in report.plan.chosen.bill.lines:
        units = f"{line.units:,.0f}" if line.units >= 10 else number(float(line.units))
        section, unit = line.key.rpartition(".")[0], report.table.entries[line.key].per
        rows.append([_LINES[section], f"{units} {_UNITS[unit]}", line_usd(line)])
    return ("a month", "volume", "USD"), [*rows, ["total", "", usd(report.plan.chosen.usd)]]


def sensitivity(report: PlanReport) -> Table:
    """The plan if Lambda is faster or slower: unchanged, and planned again."""
    rows: list[list[Cell]] = []
    for one in report.variations:
        setting = one.anew.chosen.setting
        rows.append(
            [
                f"x {one.slower:g}",
                f"{one.unchanged.p95_seconds:.2f}",
                usd(one.unchanged.usd),
                "no" if one.unchanged.broken else "yes",
                f"{setting.architecture} {setting.memory_mb:,} MB, {setting.kept} kept",
                usd(one.anew.chosen.usd),
                "no" if one.anew.chosen.broken else "yes",
            ]
        )
    return ("time taken", "p95, s", "as planned, USD", "limits met", "planned again", "USD", "limits met"), rows
