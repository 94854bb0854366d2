"""What quantisation may do to the semantic service's answers: to logits, and to decisions made on confidences."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from functions.common.manifest import Figure

LARGEST_LOGIT_CHANGE: Final = 0.5
PERCENTILE_95_LOGIT_CHANGE: Final = 0.2
UNDECIDED: Final = 0.05
"""A confidence this near its threshold may come to lie on the other side of it."""


def flipped(
    reference: NDArray[np.float64], answers: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> tuple[int, int]:
    """Decisions of these confidences that come out otherwise, all arrays of one shape: beyond UNDECIDED, and within."""
    differs = (reference >= thresholds) != (answers >= thresholds)
    near = np.abs(reference - thresholds) <= UNDECIDED
    return int((differs & ~near).sum()), int((differs & near).sum())


def figures(change: NDArray[np.float64], flips: int) -> dict[str, Figure]:
    """The figures with limits, of absolute changes of logits and the number of flipped decisions."""
    return {
        "max_logit_change": Figure(value=float(change.max()), limit=LARGEST_LOGIT_CHANGE),
        "p95_logit_change": Figure(value=float(np.percentile(change, 95)), limit=PERCENTILE_95_LOGIT_CHANGE),
        "decisions_flipped": Figure(value=flips, limit=0),
    }
