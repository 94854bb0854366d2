"""Environments, busy and kept: Little's law and Erlang's loss formula."""

from __future__ import annotations

import math
from typing import Final

_NEGLIGIBLE: Final = 1e-17


def environments_at(requests_per_second: float, seconds: float, sigmas: float) -> int:
    """How many are busy at once: Little's law, and `sigmas` standard deviations of a Poisson number over it."""
    load = requests_per_second * seconds
    return max(1, math.ceil(load + sigmas * math.sqrt(load)))


def overflow_share(kept: int, load: float) -> float:
    """The share of calls that find all of `kept` environments busy: Erlang B, at an offered load in erlangs.

    A call that overflows goes to an environment on demand; with none kept every call does.
    """
    if not kept or not load:
        return 0.0 if kept else 1.0
    # Its inverse is the sum of kept! / (kept - n)! / load^n, whose terms soon die out or grow beyond what counts.
    term = inverse = 1.0
    for free in range(kept, 0, -1):
        term *= free / load
        inverse += term
        if term < _NEGLIGIBLE * inverse or inverse > 1 / _NEGLIGIBLE:
            break
    return 1 / inverse


def cold_share(requests_per_second: float, idle_seconds: float) -> float:
    """The share of calls on demand that no warm environment awaits: none came in the time that one is left idle."""
    return math.exp(-requests_per_second * idle_seconds)
