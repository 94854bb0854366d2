"""Targets beside what was measured; a missed one is printed like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ops.tables import render

Verdict = Literal["yes", "no", "at best"]


@dataclass(frozen=True, slots=True)
class Reach:
    """One aim. `typical` comes from medians (or is the only figure there is), `best` from the best repeats."""

    name: str
    limit: float
    unit: str
    typical: float
    best: float
    at_least: bool = False
    """The limit is a floor; else a ceiling."""

    @property
    def verdict(self) -> Verdict:
        """`at best`: the best repeats reach it, typical ones do not."""
        if self._met(self.typical):
            return "yes"
        return "at best" if self._met(self.best) else "no"

    def _met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The fields and the verdict."""
        return asdict(self) | {"verdict": self.verdict}


def render_reaches(reaches: Sequence[Reach]) -> str:
    """A table of aims, measurements and verdicts."""
    rows = [
        (
            reach.name,
            f"{'at least' if reach.at_least else 'at most'} {_figure(reach.limit)} {reach.unit}",
            f"{_figure(reach.typical)} {reach.unit}",
            f"{_figure(reach.best)} {reach.unit}",
            reach.verdict,
        )
        for reach in reaches
    ]
    return render(("reach", "wanted", "median", "best", "reached"), rows)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
