"""A small, valid set of data files that a test may break."""

from collections.abc import Callable
from pathlib import Path

import pytest

FILES = {
    "filters/outfits.toml": """
[category]
name = "outfits"
title = "Outfits"
about_people = true
sensitive = false

[filters.hat]
prompts = ["a person wearing a hat", "someone in a hat", "a hat"]

[filters.cape]
prompts = ["a person wearing a cape", "someone in a cape", "a cape"]

[filters.long_hair]
group = "hair_length"
prompts = ["a person with long hair", "someone with long hair", "long hair"]

[filters.short_hair]
group = "hair_length"
prompts = ["a person with short hair", "someone with short hair", "short hair"]
""",
    "filters/person_types.toml": """
[category]
name = "person_types"
title = "Person types"
about_people = true
sensitive = true

[filters.woman]
prompts = ["a woman", "an adult woman", "a lady"]
""",
    "filters/style.toml": """
[category]
name = "style"
title = "Style"
about_people = false
sensitive = false

[filters.anime]
group = "style"
prompts = ["anime art", "an anime drawing", "an anime picture"]

[filters.artistic]
group = "style"
prompts = ["a painting", "an oil painting", "a watercolor"]
""",
    "styles.toml": """
[styles.anime]
title = "Anime"
templates = ["anime art of {}", "an anime drawing of {}"]

[styles.artistic]
title = "Artistic"
templates = ["a painting of {}"]
""",
    "moderation.toml": """
[classes.neutral]
title = "Neutral"
unsafe = false
descriptions = ["an everyday scene", "a landscape", "an object"]

[classes.minor]
title = "Minor"
unsafe = true
threshold = 0.2
descriptions = ["a child", "a teenager", "a young girl or boy"]
""",
    "neutral.toml": """
descriptions = ["a person", "something", "a scene"]
""",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "filters").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def replace(directory: Path) -> Callable[[str, str, str], None]:
    """Replace text that stands in a file exactly once."""

    def edit(name: str, old: str, new: str) -> None:
        text = (directory / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (directory / name).write_text(text.replace(old, new), encoding="utf-8")

    return edit
