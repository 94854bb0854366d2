"""Statistics of repeated measurements."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Timings:
    """Repeats of one measurement. Noise only ever adds, so the best is the steadier figure, the median the fairer."""

    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.seconds or min(self.seconds) < 0:
            raise ValueError("timings are one or more, and none below 0")

    @property
    def best(self) -> float:
        """The shortest."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The middle one; the mean of the middle two."""
        return statistics.median(self.seconds)

    def as_json(self) -> dict[str, Any]:
        """Best, median and every repeat, in seconds."""
        return {"best": self.best, "median": self.median, "all": list(self.seconds)}


def timings(seconds: Iterable[float]) -> Timings:
    """Timings of any iterable. Raises ValueError where there are none."""
    return Timings(tuple(seconds))


def quotient(above: Timings, below: Timings) -> tuple[float, float]:
    """Of the medians, and of the best."""
    return above.median / below.median, above.best / below.best
