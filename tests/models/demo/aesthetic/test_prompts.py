"""Prompts say what they are said to, and one changed word makes them false."""

import numpy as np
import pytest

import taxonomy
from models.demo.aesthetic.prompts import PromptSampler
from models.demo.aesthetic.vocabulary import pieces
from models.demo.world.sampling import near_negative, sample_scene, unseen_pairs
from models.demo.world.scene import COVERED, Scene


@pytest.fixture(scope="module")
def sampler() -> PromptSampler:
    return PromptSampler(taxonomy.load())


def scenes(count: int) -> list[Scene]:
    return [sample_scene(np.random.default_rng([9, index])) for index in range(count)]


def test_a_prompt_is_true_of_its_scene_and_says_what_it_must(sampler: PromptSampler) -> None:
    rng = np.random.default_rng(1)
    seen: set[str] = set()
    for scene in scenes(300):
        must = sorted(scene.filters)[int(rng.integers(len(scene.filters)))]
        prompt = sampler.sample(scene.filters, rng, must=must)
        assert must in prompt.asserted
        assert prompt.asserted <= scene.filters
        assert 1 <= len(prompt.asserted) <= 3
        words = {word for word, _ in prompt.words}
        assert all(name in scene.filters for name in ("woman", "man", "couple") if name in words)
        seen |= prompt.asserted
    assert seen == set(COVERED)


def test_words_know_what_they_speak_of_and_are_all_known(sampler: PromptSampler) -> None:
    known, rng = set(pieces(taxonomy.load())), np.random.default_rng(2)
    for scene in scenes(200):
        prompt = sampler.sample(scene.filters, rng)
        assert {word for word, _ in prompt.words} <= known
        assert {name for _, name in prompt.words} - {None} == prompt.asserted
        assert prompt.text.replace(",", " ,").split() == [word for word, _ in prompt.words]


def test_one_changed_word_makes_it_false(sampler: PromptSampler) -> None:
    rng, changed = np.random.default_rng(3), 0
    for scene in scenes(300):
        prompt = sampler.sample(scene.filters, rng)
        other = sampler.changed(prompt, scene.filters, rng)
        if other is not None:
            pairs = list(zip(prompt.text.split(), other.text.split(), strict=True))
            assert sum(a != b for a, b in pairs) == 1
            assert len(other.asserted - scene.filters) == 1
            changed += 1
    assert changed > 200


def test_a_changed_word_stays_in_its_category(sampler: PromptSampler) -> None:
    tax, rng = taxonomy.load(), np.random.default_rng(6)
    for scene in scenes(300):
        prompt = sampler.sample(scene.filters, rng)
        other = sampler.changed(prompt, scene.filters, rng)
        if other is not None:
            (lost,), (gained,) = prompt.asserted - other.asserted, other.asserted - prompt.asserted
            assert tax.filter(lost).category == tax.filter(gained).category


def test_crossed_prompts_tell_near_pictures_apart(sampler: PromptSampler) -> None:
    rng, told_apart, swapped = np.random.default_rng(7), 0, 0
    for index, scene in enumerate(scenes(300)):
        other = near_negative(scene, np.random.default_rng([8, index]), held_out=bool(unseen_pairs(scene)))
        first, second = sampler.crossed(scene.filters, other.filters, rng)
        assert first.asserted <= scene.filters
        assert second.asserted <= scene.filters or second.asserted <= other.filters
        assert first.asserted <= other.filters or scene.filters - other.filters
        told_apart += not first.asserted <= other.filters
        swapped += not second.asserted <= scene.filters
    assert told_apart > 150
    assert swapped > 100


def test_every_covered_filter_but_a_few_can_be_changed_by_a_word(sampler: PromptSampler) -> None:
    rng = np.random.default_rng(4)
    fixed = {
        name
        for name in COVERED
        if all(sampler.changed(sampler.about([name], {name}, rng), {name}, rng) is None for _ in range(20))
    }
    assert len(fixed) < 8


def test_a_style_comes_first(sampler: PromptSampler) -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        prompt = sampler.about(["beach", "anime"], {"beach", "anime"}, rng)
        assert prompt.parts[0].filter == "anime"
        assert "anime" in prompt.parts[0].words.split()
