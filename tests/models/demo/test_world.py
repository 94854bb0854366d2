"""The demo world: what a scene says is what training and evaluation count on."""

from dataclasses import replace

import numpy as np
import pytest

import taxonomy
from models.demo.world.draw import draw
from models.demo.world.sampling import (
    all_held_out_pairs,
    near_negative,
    sample_held_out_scene,
    sample_scene,
    sample_training_scene,
    unseen_pairs,
)
from models.demo.world.scene import COVERED, STYLES, Figure, Scene


def rng(*seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(list(seed)))


PERSON = Figure("man", "blue_hair", "short_hair", "dark", "suit", "top", "sunglasses", beard=True)
SCENE = Scene("anime", (PERSON,), "cyberpunk", False, "travel_companion", "full", 1.0, 7)


def test_a_scene_states_every_filter_that_holds() -> None:
    assert SCENE.filters == {
        *("anime", "man", "blue_hair", "short_hair", "dark_skin", "suit", "hat", "sunglasses", "beard"),
        *("cyberpunk", "city_night", "travel_companion"),
    }


def test_several_people_hold_what_any_of_them_holds() -> None:
    other = Figure("woman", "pink_hair", "long_hair", "medium", "shirt", "", "glasses", beard=False)
    couple = replace(SCENE, figures=(PERSON, other), place="stage", service="")
    assert couple.filters >= {"couple", "man", "woman", "blue_hair", "pink_hair", "dance_performance"}
    assert couple.filters.isdisjoint({"group_of_people", "fair_skin", "city_night"})
    assert "group_of_people" in replace(couple, figures=(PERSON, other, other)).filters


def test_covered_filters_are_the_taxonomys_and_span_its_categories() -> None:
    tax = taxonomy.load()
    categories = {tax.filter(name).category for name in COVERED}
    assert categories == {category.name for category in tax.categories} - {"ethnicity"}
    assert len(COVERED) == len(set(COVERED)) >= 24
    assert set(STYLES) == {style.name for style in tax.styles}


def test_every_member_of_an_exclusive_group_is_covered_and_one_person_has_one() -> None:
    tax = taxonomy.load()
    groups = {tax.filter(name).group for name in COVERED} - {None}
    assert groups
    for group in groups:
        assert group is not None
        members = {entry.name for entry in tax.group_members(group)}
        assert members <= set(COVERED)
        for index in range(50):
            figure = sample_scene(rng(1, index)).figures[0]
            assert len(members & figure.filters) <= 1


def test_scenes_draw_every_covered_filter() -> None:
    seen: set[str] = set()
    for index in range(400):
        seen |= sample_scene(rng(2, index)).filters
    assert seen == set(COVERED)


@pytest.mark.parametrize("style", STYLES)
def test_the_same_scene_is_the_same_picture(style: str) -> None:
    scene = replace(sample_scene(rng(3)), style=style)
    first, second = np.asarray(draw(scene, 96)), np.asarray(draw(scene, 96))
    assert first.shape == (96, round(96 * 2 * scene.aspect) // 2, 3)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, np.asarray(draw(replace(scene, seed=scene.seed + 1), 96)))


def test_styles_differ() -> None:
    pictures = [np.asarray(draw(replace(SCENE, style=style), 96)).astype(int) for style in STYLES]
    for i, first in enumerate(pictures):
        for second in pictures[:i]:
            assert np.abs(first - second).mean() > 4


def test_training_has_no_held_out_pair_and_held_out_scenes_do() -> None:
    assert len(all_held_out_pairs()) >= 10
    for index in range(200):
        assert not unseen_pairs(sample_training_scene(rng(4, index)))
        assert unseen_pairs(sample_held_out_scene(rng(5, index)))


def test_held_out_pairs_leave_training_every_filter() -> None:
    seen: set[str] = set()
    for index in range(600):
        seen |= sample_training_scene(rng(6, index)).filters
    assert seen == set(COVERED)


def test_a_near_negative_is_held_out_too_and_differs_where_it_says() -> None:
    for index in range(100):
        source = rng(7, index)
        scene = sample_held_out_scene(source)
        other = near_negative(scene, source)
        assert unseen_pairs(other)
        assert other.filters != scene.filters
        assert (other.seed, other.aspect, other.framing) == (scene.seed, scene.aspect, scene.framing)
        assert len(other.figures) == len(scene.figures)


def test_a_changed_attribute_leaves_the_rest_of_the_picture() -> None:
    scene = replace(SCENE, style="anime", service="")
    other = replace(scene, figures=(replace(PERSON, hair_color="pink_hair", beard=False),))
    pixels = (
        np.asarray(draw(entry, 128)).astype(int)
        for entry in (scene, replace(other, figures=(replace(PERSON, beard=False),)), other)
    )
    bearded, blue, pink = pixels
    changed = np.abs(blue - pink).max(axis=2) > 8
    assert 0.0005 < changed.mean() < 0.1
    assert not np.array_equal(bearded, blue)


def test_only_men_wear_beards() -> None:
    for index in range(300):
        for figure in sample_scene(rng(8, index)).figures:
            assert figure.presentation == "man" or not figure.beard
