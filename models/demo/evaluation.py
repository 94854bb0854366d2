"""Figures of a detector on held-out pictures: average precision, and precision and recall at two thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

THRESHOLDS: Final = (0.25, 0.50)


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Figures at one threshold. Precision is None where nothing reaches it."""

    precision: float | None
    recall: float
    false_positive_rate: float


@dataclass(frozen=True, slots=True)
class FilterFigures:
    """The figures of one filter; `at` in the order of THRESHOLDS."""

    name: str
    positives: int
    average_precision: float
    at: tuple[AtThreshold, ...]


def average_precision(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The mean over the positives of the precision at their rank; ties count against the positive.

    `scores` and `truth` are (pictures,), with at least one positive.
    """
    order = np.lexsort((truth, -scores))
    ranked = truth[order]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].mean())


def figures(names: Sequence[str], scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[FilterFigures, ...]:
    """Figures of each filter. `scores` and `truth` are (pictures, filters)."""
    result = []
    for column, name in enumerate(names):
        score, held = scores[:, column], truth[:, column]
        at = []
        for threshold in THRESHOLDS:
            passed = score >= threshold
            precision = float(held[passed].mean()) if passed.any() else None
            at.append(AtThreshold(precision, float(passed[held].mean()), float(passed[~held].mean())))
        result.append(FilterFigures(name, int(held.sum()), average_precision(score, held), tuple(at)))
    return tuple(result)


def mean_average_precision(entries: Sequence[FilterFigures]) -> float:
    """The mean of the filters' average precisions."""
    return float(np.mean([entry.average_precision for entry in entries]))
