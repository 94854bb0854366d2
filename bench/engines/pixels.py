"""The one picture every engine is given, as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pixels(size: int) -> NDArray[np.float32]:
    """(1, 3, size, size) in -1..1: noise, the same in every engine."""
    return np.random.default_rng(20_261_120).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
