"""What a reward means: as a number between 0 and 1, beside another reward, and among many.

ImageReward (Xu et al. 2023, arXiv:2304.05977) learns from people's choices between pictures for one prompt, by
P(i is preferred to j) = sigmoid(x_i - x_j). Its package then scales x to the mean 0 and standard deviation 1 of the
training data, reward = (x - mean) / std, so between rewards P = sigmoid(std * (r_i - r_j)).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from functions.common.sigmoid import sigmoid


def normalized(reward: float) -> float:
    """sigmoid(reward), in [0, 1]: above 0.5 is better than the mean. Neither a probability nor a percentile."""
    return sigmoid(reward)


def win_probability(reward: float, other: float, std: float) -> float:
    """How probable it is that people prefer the picture with `reward` to the one with `other`, for one prompt."""
    return sigmoid(std * (reward - other))


def percentile(reward: float, quantiles: Sequence[float]) -> float:
    """The share of pictures with a lower reward, in percent, linear between quantiles.

    `quantiles` are those of the pictures' rewards at equal steps from 0 to 1, ascending.
    """
    return float(np.interp(reward, quantiles, np.linspace(0, 100, len(quantiles))))
