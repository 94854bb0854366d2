"""What moves the digest and what does not."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import taxonomy

Replace = Callable[[str, str, str], None]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("filters/outfits.toml", '"someone in a hat"', '"a head with a hat"'),
        ("filters/outfits.toml", '"someone in a hat", "a hat"', '"a hat", "someone in a hat"'),
        ("filters/outfits.toml", '"a cape"]', '"a cape", "a cloak"]'),
        ("filters/outfits.toml", "[filters.cape]", "[filters.cloak]"),
        ("filters/outfits.toml", "[filters.cape]", "[filters.cape]\nsensitive = true"),
        ("filters/outfits.toml", "about_people = true", "about_people = false"),
        ("filters/outfits.toml", "sensitive = false", "sensitive = true"),
        ("styles.toml", '"a painting of {}"', '"a drawing of {}"'),
        ("styles.toml", '["a painting of {}"]', '["a painting of {}", "a drawing of {}"]'),
        ("moderation.toml", '"a landscape"', '"a building"'),
        ("moderation.toml", "unsafe = false", "unsafe = true\nthreshold = 0.5"),
        ("moderation.toml", "threshold = 0.2", "threshold = 0.25"),
        ("moderation.toml", "unsafe = false", "unsafe = false\nthreshold = 0.5"),
        ("moderation.toml", "[classes.neutral]", "[classes.plain]"),
        ("neutral.toml", '"something"', '"a place"'),
    ],
)
def test_the_digest_changes_with_what_influences_scores(
    directory: Path, replace: Replace, file: str, old: str, new: str
) -> None:
    before = taxonomy.load(directory).digest
    replace(file, old, new)
    assert taxonomy.load(directory).digest != before


def test_the_digest_changes_when_a_group_is_renamed_joined_or_left(directory: Path) -> None:
    outfits = directory / "filters/outfits.toml"
    text = outfits.read_text()
    digests = [taxonomy.load(directory).digest]
    for changed in (
        text.replace("hair_length", "length_of_hair"),
        text.replace('group = "hair_length"\n', ""),
        text.replace("[filters.cape]\n", '[filters.cape]\ngroup = "hair_length"\n'),
    ):
        outfits.write_text(changed)
        digests.append(taxonomy.load(directory).digest)
    assert len(set(digests)) == 4


def test_the_digest_changes_with_the_order_of_filters(directory: Path) -> None:
    outfits = directory / "filters/outfits.toml"
    before = taxonomy.load(directory).digest
    head, hat, rest = re.split(r"(?=\[filters\.hat\])|(?=\[filters\.cape\])", outfits.read_text())
    outfits.write_text(head + rest + hat)
    assert taxonomy.load(directory).digest != before


def test_the_digest_changes_with_unsafe_alone(directory: Path, replace: Replace) -> None:
    replace("moderation.toml", "unsafe = false", "unsafe = false\nthreshold = 0.5")
    before = taxonomy.load(directory).digest
    replace("moderation.toml", "unsafe = false", "unsafe = true")
    assert taxonomy.load(directory).digest != before


def test_the_digest_changes_when_a_filter_moves_to_another_category(directory: Path, replace: Replace) -> None:
    # The last of one file becomes the first of the next, so that the order stays and the category alone changes.
    coat = '\n[filters.coat]\nprompts = ["a person wearing a coat", "someone in a coat", "a coat"]\n'
    replace("filters/person_types.toml", "sensitive = true", "sensitive = false")
    people, outfits = directory / "filters/person_types.toml", directory / "filters/outfits.toml"
    outfits_before = outfits.read_text()
    outfits.write_text(outfits_before + coat)
    before = taxonomy.load(directory)
    outfits.write_text(outfits_before)
    people.write_text(people.read_text().replace("\n[filters.woman]", f"{coat}\n[filters.woman]"))
    after = taxonomy.load(directory)
    assert [entry.name for entry in after.filters] == [entry.name for entry in before.filters]
    assert after.digest != before.digest


def test_comments_formatting_and_titles_leave_the_digest_alone(directory: Path, replace: Replace) -> None:
    before = taxonomy.load(directory).digest
    replace("filters/outfits.toml", '["a person wearing a hat", ', '[ # first\n  "a person wearing a hat",\n\n  ')
    replace("filters/outfits.toml", 'title = "Outfits"', 'title = "Clothing"')
    replace("filters/outfits.toml", "[filters.cape]", "# a cape is no cloak\n[ filters . cape ]")
    replace("styles.toml", '"Anime"\ntemplates = ["anime art of {}"', "\"Drawn\"\ntemplates = ['anime art of {}'")
    replace("moderation.toml", "threshold = 0.2", "threshold = 2.0e-1  # recall first")
    replace("neutral.toml", '"a scene"]', '"a scene",]\n')
    assert taxonomy.load(directory).digest == before


def test_the_digest_is_a_sha256_and_the_same_on_every_load(directory: Path) -> None:
    first, second = taxonomy.load(directory), taxonomy.load(directory)
    assert first is not second
    assert first.digest == second.digest
    assert re.fullmatch(r"[0-9a-f]{64}", first.digest)
