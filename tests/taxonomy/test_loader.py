"""The loader on a small set of files: what it reads."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

import taxonomy
from taxonomy import Category, Filter, ModerationClass, Style

Replace = Callable[[str, str, str], None]


def test_everything_in_the_files_is_read(directory: Path) -> None:
    known = taxonomy.load(directory)
    assert known.categories == (
        Category("outfits", "Outfits", about_people=True, sensitive=False),
        Category("person_types", "Person types", about_people=True, sensitive=True),
        Category("style", "Style", about_people=False, sensitive=False),
    )
    assert [entry.name for entry in known.filters] == [
        "hat",
        "cape",
        "long_hair",
        "short_hair",
        "woman",
        "anime",
        "artistic",
    ]
    assert known.filter("long_hair") == Filter(
        name="long_hair",
        category="outfits",
        prompts=("a person with long hair", "someone with long hair", "long hair"),
        sensitive=False,
        group="hair_length",
    )
    assert known.filter("woman").sensitive
    assert known.styles == (
        Style("anime", "Anime", ("anime art of {}", "an anime drawing of {}")),
        Style("artistic", "Artistic", ("a painting of {}",)),
    )
    assert known.moderation == (
        ModerationClass(
            "neutral", "Neutral", ("an everyday scene", "a landscape", "an object"), unsafe=False, threshold=None
        ),
        ModerationClass("minor", "Minor", ("a child", "a teenager", "a young girl or boy"), unsafe=True, threshold=0.2),
    )
    assert known.neutral == ("a person", "something", "a scene")


def test_a_filter_may_be_sensitive_in_a_category_that_is_not(directory: Path, replace: Replace) -> None:
    replace("filters/outfits.toml", "[filters.cape]", "[filters.cape]\nsensitive = true")
    known = taxonomy.load(directory)
    assert [entry.name for entry in known.in_category("outfits") if entry.sensitive] == ["cape"]


def test_look_ups(directory: Path) -> None:
    known = taxonomy.load(directory)
    assert [entry.name for entry in known.in_category("style")] == ["anime", "artistic"]
    assert [entry.name for entry in known.group_members("hair_length")] == ["long_hair", "short_hair"]
    for look_up in (known.filter, known.in_category, known.group_members):
        with pytest.raises(KeyError):
            look_up("no_such_name")


@pytest.mark.parametrize(
    ("wrong", "suggested"),
    [
        ("long_hiar", "long_hair"),
        ("Long Hair", "long_hair"),
        ("LONG_HAIR", "long_hair"),
        ("short-hair", "short_hair"),
        ("anime" + "_" * 100_000, None),
        ("xyzzy", None),
        ("", None),
        ("\ud800", None),
        # Sensitive filters come up only when a request names them, so they are not suggested.
        ("womam", None),
    ],
)
def test_the_nearest_name(directory: Path, wrong: str, suggested: str | None) -> None:
    assert taxonomy.load(directory).nearest(wrong) == suggested


def test_entries_cannot_be_changed(directory: Path) -> None:
    known = taxonomy.load(directory)
    for entry in (known, known.filters[0], known.categories[0], known.styles[0], known.moderation[0]):
        field = dataclasses.fields(entry)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(entry, field, "changed")
        assert not hasattr(entry, "__dict__")
