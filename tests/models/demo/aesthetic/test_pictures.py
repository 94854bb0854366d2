"""Training pictures: near pairs without held-out combinations, cut to the square that the run-time sees."""

from pathlib import Path

import numpy as np

from functions.aesthetic.preprocessing import preprocess
from models.demo.aesthetic.pictures import PIXELS, SIDE, SPEC, normalise, render, shown, training_pair, wide
from models.demo.world.draw import draw
from models.demo.world.sampling import sample_scene, unseen_pairs


def test_training_pairs_are_near_and_have_no_held_out_combination() -> None:
    for index in range(100):
        first, second = training_pair(1, index)
        assert not unseen_pairs(first)
        assert not unseen_pairs(second)
        assert first.filters != second.filters
        assert (first.seed, first.aspect) == (second.seed, second.aspect)


def test_what_is_kept_is_what_the_run_time_sees() -> None:
    image = draw(wide(sample_scene(np.random.default_rng(1))), 190)
    pixels = shown(image)
    assert pixels.shape == (SIDE, SIDE, 3)
    again = normalise(pixels.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1)
    assert np.abs(again - preprocess(image, SPEC)).max() < 1e-5


def test_rendering_is_the_same_whoever_draws(tmp_path: Path) -> None:
    drawn = render(5, 3, tmp_path / "one", 1)
    render(5, 3, tmp_path / "two", 2)
    first, second = (np.load(tmp_path / name / PIXELS) for name in ("one", "two"))
    assert first.shape == (6, 2, SIDE, SIDE, 3)
    assert np.array_equal(first, second)
    assert (first[:, 0] != first[:, 1]).any(axis=(1, 2, 3)).all()
    heads = drawn.boxes[:, 0, 0]
    assert (heads[:, 0] > 0).all()
    assert (heads[:, 2] < 1).all()
