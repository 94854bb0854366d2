"""Tables for a terminal, which are Markdown as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Cell: TypeAlias = str | None


def render(header: Sequence[str], rows: Sequence[Sequence[Cell]], *, names: int = 1) -> str:
    """Columns of even width: the first `names` to the left, the others to the right; None is a dash.

    Raises ValueError for a row that is not as long as the header.
    """
    lines = [tuple(header), *(tuple("–" if cell is None else cell for cell in row) for row in rows)]
    if any(len(line) != len(header) for line in lines):
        raise ValueError(f"every row must have {len(header)} cells")
    # A rule needs a dash beside its colon.
    widths = [max(2, *(len(line[column]) for line in lines)) for column in range(len(header))]
    rule = [f":{'-' * (width - 1)}" if at < names else f"{'-' * (width - 1)}:" for at, width in enumerate(widths)]
    return "\n".join(_line(line, widths, names) for line in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int], names: int) -> str:
    padded = [
        cell.ljust(width) if at < names else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"
