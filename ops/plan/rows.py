"""A plan's tables, row by row, the same for the terminal and the page."""

from __future__ import annotations

from typing import Final, TypeAlias

from ops.charts.axes import number
from ops.money import line_usd, usd
from ops.plan.wording import Told, per_thousand
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
    "ecr": "image stored",
}
_UNITS: Final = {
    "GB-second": "GB-seconds",
    "million requests": "requests",
    "GB": "GB",
    "GB-month": "GB-months",
}
"""Single ones, by the unit that a price is quoted in."""


def models(told: Told) -> Table:
    """The best setting of each model."""
    rows: list[list[Cell]] = []
    for outcome in told.plan.by_model:
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
                usd(per_thousand(outcome, told.plan)),
                "no" if outcome.broken else "yes",
            ]
        )
    header = ("model", "architecture", "ImageNet, %", "MB", "kept", "at once", "p95, s", "USD a month", "a thousand")
    return (*header, "meets"), rows


def bill(told: Told) -> Table:
    """The month, line by line."""
    rows: list[list[Cell]] = []
    for line in told.plan.chosen.bill.lines:
        units = f"{line.units:,.0f}" if line.units >= 10 else number(float(line.units))
        section, unit = line.key.rpartition(".")[0], told.table.entries[line.key].per
        rows.append([_LINES[section], f"{units} {_UNITS[unit]}", line_usd(line)])
    return ("a month", "volume", "USD"), [*rows, ["in all", "", usd(told.plan.chosen.usd)]]


def sensitivity(told: Told) -> Table:
    """What becomes of it where Lambda is faster or slower."""
    rows: list[list[Cell]] = []
    for one in told.variations:
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
    return ("time taken", "p95, s", "as planned, USD", "meets", "planned anew", "USD", "meets it"), rows
