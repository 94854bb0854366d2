"""The data files that ship: what they must hold, whatever else is added to them."""

from itertools import product

import pytest

import taxonomy
from taxonomy import Taxonomy

REQUIRED = {
    "person_types": "woman man femboy tomboy androgynous_person trans_woman trans_man couple group_of_people "
    "older_adult",
    "outfits": "latex leather lingerie swimwear dress evening_gown suit streetwear denim maid_outfit sportswear "
    "cosplay_costume kimono corset armor hoodie fishnets stockings boots high_heels gloves hat glasses sunglasses "
    "choker scarf cape apron uniform",
    "service_categories": "massage dinner_companion dance_performance roleplay photo_modelling fitness_training "
    "travel_companion event_host",
    "aesthetics": "cyberpunk gothic steampunk fantasy vaporwave minimalist vintage noir pastel neon cottagecore "
    "studio_portrait beach forest city_night sunset",
    "body_features": "muscular slim curvy tattoos piercings beard freckles long_hair short_hair curly_hair fair_skin "
    "dark_skin",
    "hair_colors": "black_hair brown_hair blonde_hair red_hair white_hair gray_hair blue_hair pink_hair green_hair "
    "purple_hair",
    "ethnicity": "east_asian south_asian southeast_asian black white hispanic middle_eastern indigenous "
    "pacific_islander",
    "style": "anime photorealistic 3d_render artistic",
}


@pytest.fixture(scope="module")
def known() -> Taxonomy:
    return taxonomy.load()


def test_the_package_s_own_data_is_read_once() -> None:
    assert taxonomy.load() is taxonomy.load()


def test_the_categories(known: Taxonomy) -> None:
    assert {entry.name for entry in known.categories} >= REQUIRED.keys()
    about_people = {entry.name for entry in known.categories if entry.about_people}
    assert about_people == {entry.name for entry in known.categories} - {"aesthetics", "style"}
    sensitive = {entry.name for entry in known.categories if entry.sensitive}
    assert sensitive == {"person_types", "service_categories", "ethnicity"}


@pytest.mark.parametrize("category", REQUIRED)
def test_the_filters_of(known: Taxonomy, category: str) -> None:
    assert {entry.name for entry in known.in_category(category)} >= set(REQUIRED[category].split())


def test_there_are_at_least_64_filters_of_at_least_three_prompts(known: Taxonomy) -> None:
    assert len(known.filters) >= 64
    assert min(len(entry.prompts) for entry in known.filters) >= 3


def test_what_is_sensitive_outside_the_sensitive_categories(known: Taxonomy) -> None:
    categories = {entry.name for entry in known.categories if entry.sensitive}
    assert {entry.name for entry in known.filters if entry.sensitive and entry.category not in categories} == {
        "fair_skin",
        "dark_skin",
    }


def test_the_exclusive_groups(known: Taxonomy) -> None:
    def members(group: str) -> set[str]:
        return {entry.name for entry in known.group_members(group)}

    assert {entry.group for entry in known.filters} == {None, "hair_color", "hair_length", "skin_tone", "style"}
    assert members("hair_color") == {entry.name for entry in known.in_category("hair_colors")}
    assert members("hair_length") == {"long_hair", "short_hair"}
    assert members("skin_tone") == {"fair_skin", "dark_skin"}
    assert members("style") == {entry.name for entry in known.styles}
    assert all(entry.group is None for entry in known.in_category("ethnicity"))


def test_every_text_is_canonical_also_inside_a_template(known: Taxonomy) -> None:
    phrases = [prompt for entry in known.filters for prompt in entry.prompts] + list(known.neutral)
    templates = [template for style in known.styles for template in style.templates]
    described = [text for entry in known.moderation for text in entry.descriptions]
    rendered = [template.format(phrase) for template, phrase in product(templates, phrases)]
    for text in phrases + described + rendered:
        assert text == taxonomy.canonicalize(text)
        assert text.isascii()
        assert len(text) <= 100


def test_prompts_are_noun_phrases_not_sentences(known: Taxonomy) -> None:
    for entry in known.filters:
        for prompt in entry.prompts:
            assert not {"is", "are", "has", "i", "you", "this"} & set(prompt.split()), prompt


def test_names_that_could_be_read_otherwise_say_adult(known: Taxonomy) -> None:
    for name in ("femboy", "tomboy"):
        for prompt in known.filter(name).prompts:
            assert {"adult", "man", "woman"} & set(prompt.split()), prompt


def test_neutral_descriptions_are_about_eight(known: Taxonomy) -> None:
    assert 6 <= len(known.neutral) <= 12


def test_the_moderation_classes(known: Taxonomy) -> None:
    assert {(entry.name, entry.unsafe, entry.threshold) for entry in known.moderation} == {
        ("neutral", False, None),
        ("suggestive", False, None),
        ("explicit", True, 0.5),
        ("sport", False, None),
        ("gaming", False, None),
        ("music", False, None),
        ("violence", True, 0.5),
        ("minor", True, 0.2),
    }
    assert min(len(entry.descriptions) for entry in known.moderation) >= 3


def test_the_class_minor_is_plain(known: Taxonomy) -> None:
    (minor,) = (entry for entry in known.moderation if entry.name == taxonomy.MINOR_CLASS)
    assert minor.descriptions == (
        "a child",
        "a teenager",
        "a young girl or boy",
        "a toddler",
        "a person under eighteen",
    )
