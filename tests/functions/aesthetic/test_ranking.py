"""The order of rewards, and what cannot be told apart."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aesthetic.ranking import Place, ranked, tied
from functions.aesthetic.scale import win_probability

STD = 1.0333394966054072
REWARDS = st.lists(st.integers(-30, 30).map(lambda tenths: tenths / 16), min_size=1, max_size=10)


def test_best_first_each_against_the_next() -> None:
    assert ranked({0: -1.0, 3: 0.5, 7: 2.0}, STD) == [
        Place(index=7, rank=1, reward=2.0, win_probability=win_probability(2.0, 0.5, STD)),
        Place(index=3, rank=2, reward=0.5, win_probability=win_probability(0.5, -1.0, STD)),
        Place(index=0, rank=3, reward=-1.0, win_probability=None),
    ]


def test_equal_rewards_stay_in_order() -> None:
    places = ranked({2: 1.0, 0: 1.0, 1: 1.0}, STD)
    assert [(place.index, place.rank, place.win_probability) for place in places] == [
        (0, 1, 0.5),
        (1, 2, 0.5),
        (2, 3, None),
    ]


def test_none_and_one() -> None:
    assert ranked({}, STD) == []
    assert tied([], 0.1) == []
    assert tied(ranked({4: 0.0}, STD), 0.1) == []


@pytest.mark.parametrize(
    ("rewards", "groups"),
    [
        ([0.5, 0.25, 0.0], []),
        ([0.5, 0.25, 0.125], [[1, 2]]),
        ([0.5, 0.375, 0.25], [[0, 1], [1, 2]]),
        ([0.25, 0.25, 0.25], [[0, 1, 2]]),
        ([0.0, 0.5, 0.4375, 0.375], [[1, 2, 3]]),
        ([0.5, 0.4375, 0.375, 0.3125], [[0, 1, 2], [1, 2, 3]]),
        ([0.5, 0.375, 0.0, -0.125], [[0, 1], [2, 3]]),
    ],
)
def test_groups(rewards: list[float], groups: list[list[int]]) -> None:
    assert tied(ranked(dict(enumerate(rewards)), STD), 0.125) == groups


@given(REWARDS, st.sampled_from([0.0, 0.0625, 0.125, 0.5, 4.0]))
def test_two_are_in_one_group_if_and_only_if_they_are_within_the_margin(rewards: list[float], margin: float) -> None:
    groups = tied(ranked(dict(enumerate(rewards)), STD), margin)
    for one, other in itertools.combinations(range(len(rewards)), 2):
        together = any(one in group and other in group for group in groups)
        assert together == (abs(rewards[one] - rewards[other]) <= margin)
    for group, another in itertools.permutations(groups, 2):
        assert not set(group) <= set(another)
    assert all(len(group) >= 2 for group in groups)
