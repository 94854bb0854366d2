"""Figures of a measurement as a table has them; None is a dash there."""

from __future__ import annotations

from ops.tables import Cell


def seconds(value: float | None) -> Cell:
    """Three figures that count: 1.46, 0.082."""
    return None if value is None else f"{value:#.3g}".rstrip(".")


def megabytes(value: float | None) -> Cell:
    """Whole MB, thousands set apart."""
    return None if value is None else f"{value:,.0f}"


def ratio(value: float | None) -> Cell:
    """How many times."""
    return None if value is None else f"{value:.2f} x"
