"""What rewards mean."""

import math

import pytest
from pydantic import ValidationError

from functions.aesthetic.manifest import RewardDistribution
from functions.aesthetic.scale import normalized, percentile, win_probability

STD = 1.0333394966054072


@pytest.mark.parametrize(("reward", "expected"), [(0.0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_normalized_is_the_sigmoid(reward: float, expected: float) -> None:
    assert normalized(reward) == pytest.approx(expected, abs=1e-15)


def test_the_far_ends_stay_within_bounds() -> None:
    assert (normalized(-1e6), normalized(1e6)) == (0.0, 1.0)


def test_a_win_is_read_on_the_scale_before_standardisation() -> None:
    # The published rewards of ImageReward's own first two example pictures.
    assert win_probability(0.5812, 0.2745, STD) == pytest.approx(1 / (1 + math.exp(-STD * 0.3067)), abs=1e-15)
    assert win_probability(1.0, 1.0, STD) == 0.5
    assert win_probability(0.0, 2.0, STD) == pytest.approx(1 - win_probability(2.0, 0.0, STD), abs=1e-15)


@pytest.mark.parametrize(
    ("reward", "expected"), [(-9.0, 0.0), (-1.0, 0.0), (-0.5, 25.0), (0.0, 50.0), (1.0, 75.0), (2.0, 100.0), (7, 100)]
)
def test_a_percentile_lies_between_quantiles(reward: float, expected: float) -> None:
    assert percentile(reward, (-1.0, 0.0, 2.0)) == expected


def test_quantiles_ascend() -> None:
    assert RewardDistribution(name="three", quantiles=(-1.0, -1.0, 2.0)).quantiles == (-1.0, -1.0, 2.0)
    with pytest.raises(ValidationError, match="must ascend"):
        RewardDistribution(name="three", quantiles=(-1.0, 2.0, 1.0))
