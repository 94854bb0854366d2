"""Environments, busy and kept: Little's law and Erlang's loss formula."""

from __future__ import annotations

import math


def environments_at(requests_per_second: float, seconds: float, sigmas: float) -> int:
    """How many are busy at once: Little's law, and `sigmas` standard deviations of a Poisson number over it."""
    load = requests_per_second * seconds
    return max(1, math.ceil(load + sigmas * math.sqrt(load)))


def overflow_share(kept: int, load: float) -> float:
    """The share of calls that find all of `kept` environments busy: Erlang B, at an offered load in erlangs.

    A call that overflows goes to an environment on demand; with none kept every call does.
    """
    blocked = 1.0
    for count in range(1, kept + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def cold_share(requests_per_second: float, idle_seconds: float) -> float:
    """The share of calls on demand that no warm environment awaits: none came in the time that one is left idle."""
    return math.exp(-requests_per_second * idle_seconds)
