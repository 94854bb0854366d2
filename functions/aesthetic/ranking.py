"""Rewards of candidates for one prompt, in order. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.aesthetic.scale import win_probability


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate's place in the order."""

    index: int
    rank: int
    """From 1, each once."""
    reward: float
    win_probability: float | None
    """Against the next; None for the last."""


def ranked(rewards: Mapping[int, float], std: float) -> list[Place]:
    """Candidates by reward, best first; equal ones in the order of their indexes. `std` is the scale's."""
    order = sorted(rewards, key=lambda index: (-rewards[index], index))
    following = [*order, None][1:]
    return [
        Place(
            index=index,
            rank=rank,
            reward=rewards[index],
            win_probability=None if after is None else win_probability(rewards[index], rewards[after], std),
        )
        for rank, (index, after) in enumerate(zip(order, following, strict=True), 1)
    ]


def tied(places: Sequence[Place], margin: float) -> list[list[int]]:
    """Groups of candidates no two of which differ by more than `margin`, as indexes, best first.

    Each group is as large as it can be, so a candidate may be in two: with a margin of 0.1, rewards of 0.3, 0.25 and
    0.18 make the groups of the first two and of the last two, since 0.3 is better than 0.18. Two candidates are in one
    group if, and only if, they cannot be told apart. `places` come best first.
    """
    groups: list[list[int]] = []
    end = 0
    for start, first in enumerate(places):
        # Rewards fall, so the far end of a group never moves back.
        reach = end
        while reach < len(places) and first.reward - places[reach].reward <= margin:
            reach += 1
        if reach > max(end, start + 1):
            groups.append([place.index for place in places[start:reach]])
        end = max(end, reach)
    return groups
