"""Targets beside what was measured; a missed one is printed like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ops.tables import render

Verdict = Literal["yes", "no", "at best"]


@dataclass(frozen=True, slots=True)
class Target:
    """One target. `typical` comes from medians (or is the only figure there is), `best` from the best repeats."""

    name: str
    limit: float
    unit: str
    typical: float
    best: float
    at_least: bool = False
    """The limit is a floor; else a ceiling."""

    @property
    def verdict(self) -> Verdict:
        """`at best`: the best repeats meet it, typical ones do not."""
        if self._met(self.typical):
            return "yes"
        return "at best" if self._met(self.best) else "no"

    def _met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The fields and the verdict."""
        return asdict(self) | {"verdict": self.verdict}


def render_targets(targets: Sequence[Target]) -> str:
    """A table of targets, measurements and verdicts."""
    rows = [
        (
            target.name,
            f"{'at least' if target.at_least else 'at most'} {_figure(target.limit)} {target.unit}",
            f"{_figure(target.typical)} {target.unit}",
            f"{_figure(target.best)} {target.unit}",
            target.verdict,
        )
        for target in targets
    ]
    return render(("target", "limit", "median", "best", "met"), rows)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
