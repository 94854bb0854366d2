"""What the demo model is compared with: it sees thumbnails and nothing else, and learns what they give away."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.demo.baseline import SIDE, baseline_scores, thumbnails
from models.demo.evaluation import average_precision


def pictures(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Pictures of 64 x 64, and of each whether its left half is bright and whether it has a chequered pattern."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, (count, 2)).astype(bool)
    pixels = rng.integers(60, 140, (count, 64, 64, 3))
    pixels[truth[:, 0], :, :32] += 60
    chequered = (np.indices((64, 64)).sum(axis=0) % 2 * 2 - 1)[None, :, :, None] * 40
    pixels[truth[:, 1]] += chequered
    return pixels.astype(np.uint8), truth


def test_thumbnails_are_means_of_their_squares() -> None:
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    pixels[0, :4, :4, 1] = 255
    (thumbnail,) = thumbnails(pixels).reshape(1, SIDE, SIDE, 3)
    assert (SIDE, thumbnail[0, 0].tolist()) == (16, [0, 1, 0])
    assert thumbnail.sum() == 1


def test_it_learns_where_colour_is_and_no_detail() -> None:
    known, truth = pictures(160, 1)
    asked, answers = pictures(80, 2)
    scores = baseline_scores(known, truth, asked)
    assert scores.shape == answers.shape
    assert average_precision(scores[:, 0], answers[:, 0]) == pytest.approx(1)
    assert average_precision(scores[:, 1], answers[:, 1]) < 0.75
