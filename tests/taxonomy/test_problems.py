"""Every broken rule is reported with its file and key, and all of them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

import taxonomy
from taxonomy import TaxonomyError

Replace = Callable[[str, str, str], None]
ProblemsAfter = Callable[[str, str, str], list[str]]

OUTFITS = "filters/outfits.toml"
PEOPLE = "filters/person_types.toml"
STYLE = "filters/style.toml"

HAT_PROMPTS = '["a person wearing a hat", "someone in a hat", "a hat"]'
FRACTION = "must be a number between 0 and 1, both excluded"
ALONE = "style has one member; members of a group exclude each other, so it needs two"
ONE_SLOT = "must hold exactly one {}, as a word of its own"
NAME = "must be lower-case words joined by underscores"


def problems(directory: Path) -> list[str]:
    with pytest.raises(TaxonomyError) as raised:
        taxonomy.load(directory)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return list(raised.value.problems)


@pytest.fixture
def problems_after(directory: Path, replace: Replace) -> ProblemsAfter:
    def found(file: str, old: str, new: str) -> list[str]:
        replace(file, old, new)
        return problems(directory)

    return found


def test_the_files_of_these_tests_are_valid_before_they_are_broken(directory: Path) -> None:
    taxonomy.load(directory)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            OUTFITS,
            "[filters.hat]",
            "[filters.hat]\nprompt = []",
            "filters.hat.prompt: unknown key; did you mean prompts?",
        ),
        (OUTFITS, 'title = "Outfits"', 'title = "Outfits"\nowner = "me"', "category.owner: unknown key"),
        (OUTFITS, "[category]", "[extra]\n[category]", "extra: unknown key"),
        ("styles.toml", 'title = "Anime"', 'title = "Anime"\nweight = 1', "styles.anime.weight: unknown key"),
        ("styles.toml", "[styles.anime]", "[other]\n[styles.anime]", "other: unknown key"),
        (
            "moderation.toml",
            "unsafe = false",
            "unsafe = false\ntreshold = 0.5",
            "classes.neutral.treshold: unknown key; did you mean threshold?",
        ),
        ("neutral.toml", "descriptions", "prompts = []\ndescriptions", "prompts: unknown key"),
        (OUTFITS, 'title = "Outfits"', "", "category.title: is missing"),
        (OUTFITS, 'title = "Outfits"', 'title = " "', "category.title: must be a string that is not blank"),
        (OUTFITS, 'title = "Outfits"', "title = 3", "category.title: must be a string that is not blank"),
        (OUTFITS, "about_people = true", "", "category.about_people: is missing"),
        (OUTFITS, "about_people = true", "about_people = 1", "category.about_people: must be true or false"),
        (OUTFITS, "[filters.hat]", '[filters.hat]\nsensitive = "no"', "filters.hat.sensitive: must be true or false"),
        (OUTFITS, "[filters.hat]", "[filters.hat]\ngroup = 1", f"filters.hat.group: {NAME}"),
        (OUTFITS, HAT_PROMPTS, '"a hat"', "filters.hat.prompts: must be a list of strings"),
        (OUTFITS, '"someone in a hat"', "7", "filters.hat.prompts: must be a list of strings"),
        ("moderation.toml", "threshold = 0.2", "threshold = 0.0", f"classes.minor.threshold: {FRACTION}"),
        ("moderation.toml", "threshold = 0.2", "threshold = nan", f"classes.minor.threshold: {FRACTION}"),
        ("moderation.toml", "threshold = 0.2", "threshold = true", f"classes.minor.threshold: {FRACTION}"),
    ],
)
def test_a_key(problems_after: ProblemsAfter, file: str, old: str, new: str, expected: str) -> None:
    assert problems_after(file, old, new) == [f"{file}: {expected}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (OUTFITS, f"prompts = {HAT_PROMPTS}", "", "filters.hat.prompts: is missing"),
        (OUTFITS, ', "someone in a hat"', "", "filters.hat.prompts: needs at least 3, has 2"),
        (
            OUTFITS,
            '"someone in a hat"',
            '"a hat"',
            "filters.hat.prompts[2]: the same as filters/outfits.toml: filters.hat.prompts[1]",
        ),
        (
            OUTFITS,
            '"someone in a cape"',
            '"a hat"',
            "filters.cape.prompts[1]: the same as filters/outfits.toml: filters.hat.prompts[2]",
        ),
        (
            PEOPLE,
            '"a lady"',
            '"a hat"',
            "filters.woman.prompts[2]: the same as filters/outfits.toml: filters.hat.prompts[2]",
        ),
        (PEOPLE, '"a lady"', '"a person"', "filters.woman.prompts[2]: the same as neutral.toml: descriptions[0]"),
        (
            OUTFITS,
            '"someone in a hat"',
            '"Someone in a hat."',
            "filters.hat.prompts[1]: not in canonical form, which is 'someone in a hat'",
        ),
        (
            OUTFITS,
            '"someone in a hat"',
            '"someone in  a hat"',
            "filters.hat.prompts[1]: not in canonical form, which is 'someone in a hat'",
        ),
        (OUTFITS, '"someone in a hat"', '"?!"', "filters.hat.prompts[1]: holds no word"),
        (
            OUTFITS,
            '"someone in a hat"',
            f'"{"hat" * 28}"',
            "filters.hat.prompts[1]: 84 characters, at most 80 fit beside the longest template",
        ),
        (PEOPLE, '"a lady"', '"a young lady"', "filters.woman.prompts[2]: only adults may be described, so not young"),
        (
            PEOPLE,
            '"a lady"',
            '"a tween with schoolkids"',
            "filters.woman.prompts[2]: only adults may be described, so not schoolkids, tween",
        ),
    ],
)
def test_a_prompt(problems_after: ProblemsAfter, file: str, old: str, new: str, expected: str) -> None:
    assert problems_after(file, old, new) == [f"{file}: {expected}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            OUTFITS,
            "[filters.hat]",
            "[filters.Hat]",
            "filters.Hat: the name must be lower-case words joined by underscores",
        ),
        (
            OUTFITS,
            "[filters.hat]",
            "[filters.style]",
            "filters.style: the name is a category's, and a request may name either",
        ),
        (OUTFITS, 'name = "outfits"', 'name = "clothes"', "category.name: must be the file's name, outfits"),
    ],
)
def test_a_name(problems_after: ProblemsAfter, file: str, old: str, new: str, expected: str) -> None:
    assert problems_after(file, old, new) == [f"{file}: {expected}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            OUTFITS,
            "[filters.hat]",
            '[filters.hat]\ngroup = "head"',
            "filters.hat.group: head has one member; members of a group exclude each other, so it needs two",
        ),
        (
            OUTFITS,
            "[filters.short_hair]",
            "[filters.short_hair]\nsensitive = true",
            "filters.short_hair.group: short_hair and long_hair of hair_length must be sensitive both or neither",
        ),
        (
            PEOPLE,
            "[filters.woman]",
            "[filters.woman]\nsensitive = false",
            "filters.woman.sensitive: cannot be false: all of the category person_types is sensitive",
        ),
    ],
)
def test_a_group_or_flag(problems_after: ProblemsAfter, file: str, old: str, new: str, expected: str) -> None:
    assert problems_after(file, old, new) == [f"{file}: {expected}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("styles.toml", '"a painting of {}"', '"a painting"', f"styles.artistic.templates[0]: {ONE_SLOT}"),
        ("styles.toml", '"a painting of {}"', '"a painting of {} and {}"', f"styles.artistic.templates[0]: {ONE_SLOT}"),
        ("styles.toml", '"a painting of {}"', '"a painting of{}"', f"styles.artistic.templates[0]: {ONE_SLOT}"),
        ("styles.toml", '"a painting of {}"', '"a painting of {0}"', f"styles.artistic.templates[0]: {ONE_SLOT}"),
        (
            "styles.toml",
            '"a painting of {}"',
            '"A painting of {}"',
            "styles.artistic.templates[0]: not in canonical form, which is 'a painting of x'",
        ),
        (
            "styles.toml",
            '"a painting of {}"',
            '"a painting of {} {x}"',
            "styles.artistic.templates[0]: not in canonical form, which is 'a painting of x x'",
        ),
        (
            "styles.toml",
            '"a painting of {}"',
            '"anime art of {}"',
            "styles.artistic.templates[0]: the same as styles.toml: styles.anime.templates[0]",
        ),
        ("styles.toml", '["a painting of {}"]', "[]", "styles.artistic.templates: needs at least 1, has 0"),
    ],
)
def test_a_template(problems_after: ProblemsAfter, file: str, old: str, new: str, expected: str) -> None:
    assert problems_after(file, old, new) == [f"{file}: {expected}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("moderation.toml", "unsafe = false", "", "classes.neutral.unsafe: is missing"),
        ("moderation.toml", ', "a landscape"', "", "classes.neutral.descriptions: needs at least 3, has 2"),
        ("moderation.toml", "[classes.minor]", "[class]\n[classes.minor]", "class: unknown key; did you mean classes?"),
        (
            "moderation.toml",
            "unsafe = false",
            "unsafe = true",
            "classes.neutral.threshold: is missing, and the class is unsafe",
        ),
        ("moderation.toml", "unsafe = true", "unsafe = false", "classes.minor.unsafe: must be true"),
        (
            "moderation.toml",
            '"a landscape"',
            '"an object"',
            "classes.neutral.descriptions[2]: the same as moderation.toml: classes.neutral.descriptions[1]",
        ),
        (
            "moderation.toml",
            '"a landscape"',
            '"a teenager in a park"',
            "classes.neutral.descriptions[1]: only adults may be described, so not teenager",
        ),
        (
            "moderation.toml",
            '"a child"',
            '"A child"',
            "classes.minor.descriptions[0]: not in canonical form, which is 'a child'",
        ),
        ("neutral.toml", ', "something"', "", "descriptions: needs at least 3, has 2"),
        ("neutral.toml", '"something"', '"a scene"', "descriptions[2]: the same as neutral.toml: descriptions[1]"),
        ("neutral.toml", '"something"', '"Something"', "descriptions[1]: not in canonical form, which is 'something'"),
        ("neutral.toml", '"something"', '"a boy"', "descriptions[1]: only adults may be described, so not boy"),
    ],
)
def test_a_moderation_class_or_neutral_description(
    problems_after: ProblemsAfter, file: str, old: str, new: str, expected: str
) -> None:
    assert problems_after(file, old, new) == [f"{file}: {expected}"]


def test_one_name_in_two_files(directory: Path, replace: Replace) -> None:
    replace(OUTFITS, "[filters.cape]", "[filters.woman]")
    assert problems(directory) == [f"{PEOPLE}: filters.woman: the name is taken by {OUTFITS}"]


def test_a_group_across_categories(directory: Path, replace: Replace) -> None:
    replace(STYLE, '[filters.anime]\ngroup = "style"', '[filters.anime]\ngroup = "hair_length"')
    assert problems(directory) == [
        f"{STYLE}: filters.anime.group: hair_length is in {OUTFITS}; a group stays within one category",
        f"{STYLE}: filters.artistic.group: {ALONE}",
    ]


def test_styles_and_style_filters_that_do_not_match(directory: Path, replace: Replace) -> None:
    replace("styles.toml", "[styles.artistic]", "[styles.sketch]")
    assert problems(directory) == [
        f"styles.toml: styles.sketch: has no filter in {STYLE}",
        f"{STYLE}: filters.artistic: has no templates in styles.toml",
    ]


def test_styles_without_any_style_filter(directory: Path) -> None:
    (directory / STYLE).unlink()
    assert problems(directory) == [
        f"styles.toml: styles.anime: has no filter in {STYLE}",
        f"styles.toml: styles.artistic: has no filter in {STYLE}",
    ]


def test_the_class_minor_cannot_be_left_out(directory: Path, replace: Replace) -> None:
    replace("moderation.toml", "[classes.minor]", "[classes.other]")
    found = problems(directory)
    assert "moderation.toml: classes.minor: is missing" in found
    assert "moderation.toml: classes.other.descriptions[0]: only adults may be described, so not child" in found


def test_all_problems_are_reported_together(directory: Path, replace: Replace) -> None:
    replace(OUTFITS, 'title = "Outfits"', "")
    replace(PEOPLE, '"a lady"', '"A lady"')
    replace("styles.toml", '"a painting of {}"', '"a painting"')
    replace("moderation.toml", "threshold = 0.2", "threshold = 2")
    replace("neutral.toml", "descriptions", "texts")
    assert problems(directory) == [
        f"{OUTFITS}: category.title: is missing",
        f"moderation.toml: classes.minor.threshold: {FRACTION}",
        "neutral.toml: descriptions: is missing",
        "neutral.toml: texts: unknown key",
        f"styles.toml: styles.artistic.templates[0]: {ONE_SLOT}",
        f"{PEOPLE}: filters.woman.prompts[2]: not in canonical form, which is 'a lady'",
    ]


@pytest.mark.parametrize("file", [OUTFITS, "styles.toml", "moderation.toml", "neutral.toml"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"= 3", "not TOML: "), (b"# \xff\n", "not UTF-8 at byte 2"), (b"[filters]\n[filters]\n", "not TOML: ")],
)
def test_a_file_that_cannot_be_parsed(directory: Path, file: str, content: bytes, expected: str) -> None:
    (directory / file).write_bytes(content)
    assert any(problem.startswith(f"{file}: {expected}") for problem in problems(directory))


@pytest.mark.parametrize("file", ["styles.toml", "moderation.toml", "neutral.toml"])
def test_a_missing_file(directory: Path, file: str) -> None:
    (directory / file).unlink()
    assert f"{file}: cannot be read: No such file or directory" in problems(directory)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (OUTFITS, "", ["category: is missing", "filters: is missing"]),
        (OUTFITS, "category = 1\nfilters = 2", ["category: must be a table", "filters: must be a table"]),
        (OUTFITS, "[filters]", ["filters: is empty"]),
        (OUTFITS, "[filters]\nhat = 1", ["filters.hat: must be a table"]),
        ("styles.toml", "", ["styles: is missing"]),
        ("moderation.toml", "[classes]", ["classes: is empty"]),
        ("neutral.toml", "", ["descriptions: is missing"]),
    ],
)
def test_tables_that_are_missing_empty_or_no_tables(directory: Path, file: str, text: str, expected: list[str]) -> None:
    (directory / file).write_text(text)
    found = problems(directory)
    assert {f"{file}: {problem}" for problem in expected} <= set(found)


def test_an_empty_directory(tmp_path: Path) -> None:
    assert problems(tmp_path) == [
        "filters: holds no .toml file",
        "styles.toml: cannot be read: No such file or directory",
        "moderation.toml: cannot be read: No such file or directory",
        "neutral.toml: cannot be read: No such file or directory",
    ]
