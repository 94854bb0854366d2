"""Which filters a request is about; sensitive ones only when named."""

import re

import pytest

from functions.common.errors import InvalidRequest, UnknownFilter
from functions.semantic import selection
from taxonomy import Taxonomy


@pytest.fixture(scope="module")
def everything(words: Taxonomy) -> list[str]:
    return [entry.name for entry in words.filters]


def test_without_a_choice_all_but_the_sensitive(words: Taxonomy, everything: list[str]) -> None:
    found = selection.detectable(words, None, None, everything)
    assert found == tuple(entry.name for entry in words.filters if not entry.sensitive)
    sensitive = {"ethnicity", "person_types", "service_categories"}
    assert not {words.filter(name).category for name in found} & sensitive


def test_without_a_choice_only_what_is_covered(words: Taxonomy) -> None:
    assert selection.detectable(words, None, None, ["beach", "woman", "anime"]) == ("beach", "anime")


def test_sensitive_filters_come_when_named(words: Taxonomy, everything: list[str]) -> None:
    assert selection.detectable(words, ["woman", "anime"], None, everything) == ("woman", "anime")


def test_sensitive_filters_come_with_their_category(words: Taxonomy, everything: list[str]) -> None:
    found = selection.detectable(words, ["ethnicity"], None, everything)
    assert found == tuple(entry.name for entry in words.in_category("ethnicity"))
    assert "fair_skin" in selection.detectable(words, ["body_features"], None, everything)
    assert "fair_skin" not in selection.detectable(words, None, None, everything)


def test_what_is_named_comes_covered_or_not(words: Taxonomy) -> None:
    assert selection.detectable(words, ["anime", "beach"], None, []) == ("beach", "anime")


def test_the_order_is_the_taxonomys(words: Taxonomy, everything: list[str]) -> None:
    found = selection.detectable(words, ["style", "beach", "outfits"], None, everything)
    assert list(found) == [name for name in everything if name in set(found)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hair_color", "is a group, not a known filter or category; its filters are black_hair, brown_hair, "),
        ("hair_colours", "is not a known filter or category; the nearest is hair_colors; "),
        ("blue_hare", "is not a known filter or category; the nearest is blue_hair; "),
        ("BLUE_HAIR", "is not a known filter or category; the nearest is blue_hair; "),
        ("Hair Colors", "is not a known filter or category; the nearest is hair_colors; "),
        ("skin_tone", "is not a known filter or category; "),
        ("ethnicities", "is not a known filter or category; "),
    ],
)
def test_a_near_name_is_told_but_no_sensitive_one(words: Taxonomy, name: str, told: str) -> None:
    with pytest.raises(UnknownFilter) as refusal:
        selection.detectable(words, [name], None, [])
    assert refusal.value.detail.startswith(f"include[0] {told}")
    sensitive = {entry.name for entry in words.filters if entry.sensitive}
    sensitive |= {category.name for category in words.categories if category.sensitive}
    assert not sensitive & set(re.findall(r"\w+", refusal.value.detail))


def test_a_group_is_no_filter_to_align_with(words: Taxonomy) -> None:
    with pytest.raises(UnknownFilter, match=r"requested_filters\[0\] is a group, not a known filter; its filters are "):
        selection.named(words, ["hair_length"], "requested_filters")


def test_excluding(words: Taxonomy, everything: list[str]) -> None:
    without = selection.detectable(words, ["style"], ["anime"], everything)
    assert without == ("photorealistic", "3d_render", "artistic")
    assert "latex" not in selection.detectable(words, None, ["outfits"], everything)
    # a filter may be excluded that was not asked for
    assert selection.detectable(words, ["anime"], ["woman"], everything) == ("anime",)


def test_excluding_all_there_is_to_look_for(words: Taxonomy, everything: list[str]) -> None:
    """An empty answer would read as 'nothing seen'."""
    for include, exclude, covers in ((["anime"], ["style"], everything), (None, ["beach"], ["beach", "woman"])):
        with pytest.raises(InvalidRequest) as refusal:
            selection.detectable(words, include, exclude, covers)
        assert (refusal.value.pointer, refusal.value.detail) == ("/exclude", "exclude leaves no filter to look for")
    assert selection.detectable(words, None, ["beach"], []) == (), "there was none before"


def test_a_filter_beside_its_category_is_no_duplicate(words: Taxonomy, everything: list[str]) -> None:
    assert selection.detectable(words, ["anime", "style"], None, everything) == (
        "anime",
        "photorealistic",
        "3d_render",
        "artistic",
    )


@pytest.mark.parametrize("field", ["include", "exclude"])
def test_duplicates(words: Taxonomy, field: str) -> None:
    names = ["anime", "beach", "anime"]
    include, exclude = (names, None) if field == "include" else (None, names)
    with pytest.raises(InvalidRequest) as refusal:
        selection.detectable(words, include, exclude, [])
    assert refusal.value.pointer == f"/{field}/2"
    assert refusal.value.detail == f"{field}[2] is the same as {field}[0]; each name may appear once"


def test_unknown_names_and_the_nearest_known(words: Taxonomy) -> None:
    with pytest.raises(UnknownFilter) as refusal:
        selection.named(words, ["anime", "blu_hair"], "requested_filters")
    assert refusal.value.pointer == "/requested_filters/1"
    assert refusal.value.detail == (
        "requested_filters[1] is not a known filter; the nearest is blue_hair; GET /filters lists them all"
    )
    with pytest.raises(UnknownFilter) as refusal:
        selection.detectable(words, None, ["zzzzzz"], [])
    assert refusal.value.pointer == "/exclude/0"
    assert refusal.value.detail == "exclude[0] is not a known filter or category; GET /filters lists them all"
    with pytest.raises(UnknownFilter) as refusal:
        selection.named(words, ["outfits"], "requested_filters")
    assert refusal.value.detail == (
        "requested_filters[0] is a category; requested_filters takes single filters; GET /filters lists them all"
    )


def test_sensitive_filters_are_never_suggested(words: Taxonomy) -> None:
    for entry in words.filters:
        if entry.sensitive:
            with pytest.raises(UnknownFilter) as refusal:
                selection.named(words, [f"{entry.name}x"], "requested_filters")
            assert entry.name not in refusal.value.detail.replace(entry.name + "_hair", "")


def test_named_filters_stay_in_the_order_given(words: Taxonomy) -> None:
    assert selection.named(words, ["woman", "anime", "beach"], "requested_filters") == ("woman", "anime", "beach")
    with pytest.raises(InvalidRequest) as refusal:
        selection.named(words, ["anime", "anime"], "requested_filters")
    assert refusal.value.pointer == "/requested_filters/1"


def test_what_may_be_brought_up_beside_a_request(words: Taxonomy, everything: list[str]) -> None:
    for requested in (["blue_hair"], ["woman"], ["dark_skin", "massage", "black"], ["beach", "latex"]):
        offered = selection.unrequested(words, requested, everything)
        assert list(offered) == [
            entry.name for entry in words.filters if not entry.sensitive and entry.name not in requested
        ]


def test_a_request_that_is_not_about_people_learns_nothing_about_them(words: Taxonomy, everything: list[str]) -> None:
    offered = selection.unrequested(words, ["beach", "anime"], everything)
    assert {words.filter(name).category for name in offered} == {"aesthetics", "style"}
    assert not {"beach", "anime"} & set(offered)


def test_only_what_is_covered_is_brought_up(words: Taxonomy) -> None:
    covered = ["blue_hair", "red_hair", "woman", "minor", "beach"]
    assert set(selection.unrequested(words, ["red_hair"], covered)) == {"blue_hair", "beach"}


def test_what_is_about_people(words: Taxonomy) -> None:
    people = {entry.name for entry in words.filters if selection.about_people(words, [entry.name])}
    categories = {words.filter(name).category for name in people}
    assert categories == {
        "body_features",
        "ethnicity",
        "hair_colors",
        "outfits",
        "person_types",
        "service_categories",
    }
    assert not selection.about_people(words, [])
    assert selection.about_people(words, ["beach", "latex"])
