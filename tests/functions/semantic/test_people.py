"""Open labels that are about people, and those that are not."""

import pytest

from functions.semantic import people
from taxonomy import NOT_ADULT_WORDS, Taxonomy


def read(words: Taxonomy, *labels: str) -> bool:
    return people.mentioned(words, labels)


def test_names_and_prompts_of_filters_about_people(words: Taxonomy) -> None:
    about_people = {category.name for category in words.categories if category.about_people}
    found = [entry for entry in words.filters if entry.category in about_people]
    assert {"person_types", "outfits", "body_features", "service_categories"} <= {entry.category for entry in found}
    for entry in found:
        for text in (entry.name, *entry.prompts):
            assert read(words, text), text
            assert read(words, "a lake", f"the best {text.upper()}, at night"), text


@pytest.mark.parametrize(
    "label",
    [
        *("nude nsfw", "Women!", "two men", "the crowd", "someone", "a selfie", "ginger hair", "someone's", "wo-man"),
        *("boat/woman", "maid-outfit", "jet-black.hair", "woman—boat", "ｗｏｍａｎ", "in a (dress)"),
        *("wo\u00adman", "w\u200boman", "boat\u200bwoman", "\ufeffwoman"),
    ],
)
def test_common_words_however_they_are_put(words: Taxonomy, label: str) -> None:
    assert read(words, label)


def test_words_for_the_young(words: Taxonomy) -> None:
    for word in NOT_ADULT_WORDS:
        assert read(words, f"a {word} in a park"), word


@pytest.mark.parametrize(
    "label",
    [
        "a beach",
        "the human_ity",
        "hatch",
        "manhattan",
        "a redhair",
        "city at night",
        "dressing table",
        "suite",
        "😀",
        "a",
    ],
)
def test_whole_words_only(words: Taxonomy, label: str) -> None:
    assert read(words, label) is (label == "the human_ity"), "an underscore parts words"


def test_settings_and_styles_are_not_people(words: Taxonomy) -> None:
    for name in ("cyberpunk", "beach", "anime", "3d_render", "city_night"):
        assert not read(words, name)
    assert not read(words)


def test_every_text_is_read(words: Taxonomy) -> None:
    labels = [f"label {number}" for number in range(255)]
    assert not read(words, *labels)
    assert read(words, *labels, "a woman")
    assert not read(words, *[" ".join(["x"] * 250)] * 256)
