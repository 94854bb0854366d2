"""Training pictures and what is known of their parts."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.demo.semantic.local_labels import patch_labels
from models.demo.semantic.pictures import PIXELS, SIDE, augment, describe, render, squash, training_scene
from models.demo.world.draw import draw, placed
from models.demo.world.scene import COVERED, Figure, Scene

PERSON = Figure("man", "blue_hair", "short_hair", "dark", "suit", "top", "sunglasses", beard=True)
SCENE = Scene("anime", (PERSON,), "plain", False, "", "half", 1.0, 7)


def test_a_persons_boxes_hold_what_changes_with_the_person() -> None:
    (place,) = placed(SCENE)
    other = replace(SCENE, figures=(replace(PERSON, hair_color="pink_hair"),))
    first, second = (squash(draw(scene, 128)).astype(int) for scene in (SCENE, other))
    rows, columns = np.nonzero(np.abs(first - second).max(axis=2) > 40)
    left, top, right, bottom = (round(edge * SIDE) for edge in place.head)
    inside = (columns >= left - 1) & (columns <= right + 1) & (rows >= top - 1) & (rows <= bottom + 1)
    assert len(rows) > 20
    assert inside.mean() > 0.9


def test_heads_carry_hair_and_trunks_outfits() -> None:
    drawn = describe([SCENE])
    head, trunk = ({name for name, held in zip(COVERED, part, strict=True) if held} for part in drawn.people[0, 0])
    assert head == {"blue_hair", "short_hair", "dark_skin", "hat", "sunglasses", "beard"}
    assert trunk == {"man", "suit"}
    assert not drawn.people[0, 1:].any()
    assert not drawn.boxes[0, 1:].any()


def test_a_patch_shows_the_box_its_middle_is_in_and_nobody_elsewhere() -> None:
    boxes = np.zeros((1, 1, 2, 4), np.float32)
    boxes[0, 0] = ((0.0, 0.0, 0.5, 0.5), (0.0, 0.5, 0.5, 1.0))
    people = np.zeros((1, 1, 2, 3), np.bool_)
    people[0, 0, 0, 1], people[0, 0, 1, 2] = True, True
    labels, shown = patch_labels(boxes, people, 2)
    assert shown.tolist() == [[True, False, True, False]]
    assert labels[0, 0].tolist() == [False, True, False]
    assert labels[0, 2].tolist() == [False, False, True]
    assert not labels[0, 1].any()


def test_boxes_move_with_the_pixels() -> None:
    pixels = np.zeros((32, SIDE, SIDE, 3), np.uint8)
    pixels[:, 40:56, 24:48] = 255
    boxes = np.zeros((32, 1, 2, 4), np.float32)
    boxes[:, 0, 0] = np.array([24, 40, 48, 56]) / SIDE
    shown = augment(pixels, boxes, np.random.default_rng(3))
    seen = set()
    for picture, box in zip(shown.pixels, shown.boxes, strict=True):
        rows, columns = np.nonzero(picture.mean(axis=0) > 0)
        edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert np.allclose(np.array(edges) / SIDE, box[0, 0], atol=1e-6)
        assert not box[0, 1].any()
        seen.add(edges)
    assert len(seen) > 20
    assert shown.pixels.min() >= -1
    assert shown.pixels.max() <= 1


def test_rendering_is_the_same_whoever_draws(tmp_path: Path) -> None:
    drawn = render(5, 6, tmp_path / "one", 1)
    render(5, 6, tmp_path / "two", 2)
    first, second = (np.load(tmp_path / name / PIXELS) for name in ("one", "two"))
    assert first.shape == (6, SIDE, SIDE, 3)
    assert np.array_equal(first, second)
    truth = [[name in training_scene(5, index).filters for name in COVERED] for index in range(6)]
    assert drawn.truth.tolist() == truth
