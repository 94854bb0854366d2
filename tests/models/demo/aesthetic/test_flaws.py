"""Each flaw does what it is called, and leaves a picture the model can be shown."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from models.demo.aesthetic.flaws import COMPOSITION, FLAWS, spoil
from models.demo.aesthetic.pictures import wide
from models.demo.world.draw import draw, placed
from models.demo.world.sampling import sample_scene
from models.demo.world.scene import Scene


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(list(seed))


def pictures(count: int, height: int = 160) -> list[tuple[Scene, Image.Image]]:
    scenes = [wide(sample_scene(rng(1, index))) for index in range(count)]
    return [(scene, draw(scene, height)) for scene in scenes]


def detail(image: Image.Image) -> float:
    """How much neighbouring pixels differ."""
    return float(np.abs(np.diff(np.asarray(image.convert("L"), np.float64), 2, axis=1)).mean())


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_seeded_and_leaves_a_picture(flaw: str) -> None:
    for index, (scene, image) in enumerate(pictures(4)):
        first, second = (spoil(image, scene, flaw, rng(2, index)) for _ in range(2))
        assert np.array_equal(np.asarray(first), np.asarray(second))
        assert first.mode == "RGB"
        if flaw in COMPOSITION:
            assert first.width == first.height >= image.height * 0.5
        else:
            assert first.size == image.size
            assert np.abs(np.asarray(first, int) - np.asarray(image, int)).mean() > 1


def test_blur_takes_detail_away_and_noise_adds_it() -> None:
    for index, (scene, image) in enumerate(pictures(8)):
        assert detail(spoil(image, scene, "blurred", rng(3, index))) < 0.6 * detail(image)
        assert detail(spoil(image, scene, "noisy", rng(3, index))) > 1.5 * detail(image)


def test_exposure_clips() -> None:
    for index, (scene, image) in enumerate(pictures(8)):
        before = np.asarray(image)
        over, under = (np.asarray(spoil(image, scene, flaw, rng(4, index))) for flaw in ("overexposed", "underexposed"))
        assert (over == 255).mean() > (before == 255).mean()
        assert under.mean() < 0.6 * before.mean()


def test_heads_are_cut_off_and_people_stand_aside() -> None:
    scene = replace(wide(sample_scene(rng(5))), framing="half")
    scene = replace(scene, figures=scene.figures[-1:])
    (place,) = placed(scene)
    image = Image.new("RGB", (280, 200))
    left, top, right, bottom = (round(edge * side) for edge, side in zip(place.head, (280, 200) * 2, strict=True))
    image.paste((255, 255, 255), (left, max(0, top), right, bottom))
    height = bottom - max(0, top)
    for seed in range(20):
        cut = np.asarray(spoil(image, scene, "cut_off", rng(6, seed)))[:, :, 0] > 128
        assert 0 < cut.any(axis=1).sum() < 0.75 * height
        aside = np.asarray(spoil(image, scene, "off_centre", rng(7, seed)))[:, :, 0] > 128
        columns = np.flatnonzero(aside.any(axis=0)) / aside.shape[1]
        assert abs(columns.mean() - 0.5) > 0.2


def test_a_tilted_picture_has_no_empty_corner() -> None:
    scene, _ = pictures(1)[0]
    image = Image.new("RGB", (280, 200), (255, 255, 255))
    for seed in range(20):
        assert np.asarray(spoil(image, scene, "tilted", rng(8, seed))).min() == 255
