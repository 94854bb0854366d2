"""A report on a terminal."""

from __future__ import annotations

from ops.cost_report.report import CostReport
from ops.cost_report.wording import HEADER, notes, table_rows

_NAMES = 3


def render(report: CostReport) -> str:
    """A table in even columns, and the notes under it."""
    rows = [["–" if cell is None else cell for cell in row] for row in table_rows(report)]
    widths = [max(len(line[at]) for line in [HEADER, *rows]) for at in range(len(HEADER))]
    lines = [_line(HEADER, widths), "  ".join("-" * width for width in widths), *(_line(row, widths) for row in rows)]
    return "\n".join([*lines, "", *notes(report)]) + "\n"


def _line(cells: list[str] | tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(
        cell.ljust(width) if at < _NAMES else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()
