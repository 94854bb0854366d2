"""What taxonomy/README.md shows is so, and a filter added as it says is one."""

import re
import shutil
from pathlib import Path

import taxonomy

README = Path("taxonomy/README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^ *```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_example() -> None:
    known = taxonomy.load()
    shown = dict(re.findall(r"^(known\..*?)  # (.*)$", block("python"), re.MULTILINE))
    assert len(shown) == 4
    assert shown['known.filter("blue_hair").prompts'] == f"({known.filter('blue_hair').prompts[0]!r}, ...)"
    assert shown['known.group_members("hair_color")'].startswith("ten filters")
    assert len(known.group_members("hair_color")) == 10
    assert shown['known.nearest("Blue Hiar")'] == repr(known.nearest("Blue Hiar"))
    assert len(known.digest) == 64


def test_a_filter_is_added_as_it_says(tmp_path: Path) -> None:
    copy = shutil.copytree("taxonomy", tmp_path / "taxonomy")
    with (copy / "filters" / "hair_colors.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + block("toml"))
    known, before = taxonomy.load(copy), taxonomy.load()
    assert [entry.name for entry in known.filters if entry not in before.filters] == ["teal_hair"]
    assert len(known.group_members("hair_color")) == 11
    assert known.digest != before.digest
