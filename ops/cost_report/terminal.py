"""A report on a terminal."""

from __future__ import annotations

from ops import tables
from ops.cost_report.report import CostReport
from ops.cost_report.wording import HEADER, NAMES, notes, table_rows


def render(report: CostReport) -> str:
    """A table, and the notes under it."""
    sentences = (f"- {sentence}" for sentence in notes(report))
    return "\n".join([tables.render(HEADER, table_rows(report), names=NAMES), "", *sentences]) + "\n"
