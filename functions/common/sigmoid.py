"""The logistic function."""

from __future__ import annotations

import math


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value))."""
    # tanh saturates where exp would overflow.
    return 0.5 * (1.0 + math.tanh(0.5 * value))
