"""Tables for a terminal, which are Markdown as well."""

from __future__ import annotations

from collections.abc import Sequence

Cell = str | None


def render(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table in columns of even width: the first to the left, the others to the right; None is a dash.

    Raises ValueError for a row that is not as long as the header.
    """
    lines = [tuple(header), *(tuple("–" if cell is None else cell for cell in row) for row in rows)]
    if any(len(line) != len(header) for line in lines):
        raise ValueError(f"every row must have {len(header)} cells")
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = [f":{'-' * (width - 1)}" if not column else f"{'-' * (width - 1)}:" for column, width in enumerate(widths)]
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def seconds(value: float | None) -> Cell:
    """Three figures that count: 1.46, 0.082."""
    return None if value is None else f"{value:#.3g}".rstrip(".")


def megabytes(value: float | None) -> Cell:
    """Whole MB, thousands set apart."""
    return None if value is None else f"{value:,.0f}"


def ratio(value: float | None) -> Cell:
    """How many times."""
    return None if value is None else f"{value:.2f} x"
