"""Every Markdown page: its links lead somewhere, its commands exist, and README leads to it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import bench.cli
import emulation.cli
import models.cli
import ops.cli

ROOT = Path()
MADE = {"artifacts", "build", "cdk.out", "node_modules"}
FOLDERS = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in MADE]
README = Path("README.md")
PAGES = sorted([README, *(page for folder in FOLDERS for page in folder.rglob("*.md"))])
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
MAKEFILE = Path("Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "bench": bench.cli.main,
    "emulation": emulation.cli.main,
    "models": models.cli.main,
    "ops": ops.cli.main,
}

each_page = pytest.mark.parametrize("page", PAGES, ids=str)


def links(page: Path) -> list[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = [first or second for first, second in LINK.findall(text)]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def destination(page: Path, link: str) -> Path:
    """What a link leads to: of a folder the page that stands in it."""
    path = link.partition("#")[0]
    target = Path((page.parent / path).resolve().relative_to(ROOT.resolve())) if path else page
    return target / "README.md" if (target / "README.md").exists() else target


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        target = destination(page, link)
        assert target.exists(), link
        anchor = link.partition("#")[2]
        assert not anchor or anchor in anchors(target), link


def test_readme_leads_to_every_page() -> None:
    found, left = {README}, [README]
    while left:
        page = left.pop()
        reached = {destination(page, link) for link in links(page)} - found
        left += [target for target in reached if target.suffix == ".md"]
        found |= reached
    assert [str(page) for page in PAGES if page not in found] == []


def commands(page: Path) -> Iterator[str]:
    """What a page says to run: lines of its blocks that begin with a prompt, and code within its sentences."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    yield from re.findall(r"^\s*\$ (.*?)(?:\s+# .*)?$", text, re.MULTILINE)
    yield from (" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", FENCE.sub("", text)))


@each_page
def test_make_targets_exist(page: Path) -> None:
    for command in commands(page):
        for said in re.findall(r"(?:^|&& |[A-Z]=\S+ )make ([^|;&]*)", command):
            target, *settings = shlex.split(said.replace("...", ""))
            if re.match(r"[A-Z_]+=", target):
                settings, target = [target], (settings or ["help"])[0]
            assert target in TARGETS, command
            names = [setting.partition("=")[0] for setting in settings if "=" in setting]
            assert [name for name in names if f"$({name})" not in MAKEFILE and f"{name} ?=" not in MAKEFILE] == [], (
                command
            )


@each_page
def test_a_page_with_programs_says_where_they_run(page: Path) -> None:
    """The reader's own `python` has nothing of what they import. The examples need nothing."""
    text = page.read_text(encoding="utf-8")
    if re.search(r"^\$ (\S+=\S+ )*python ", text, re.MULTILINE):
        assert ". .venv/bin/activate" in text


@each_page
def test_modules_and_their_options_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands(page):
        said = re.search(r"(?:^|\s|/)python3? (?:-W ignore )?-m ([\w.]+)([^|;&>]*)", command)
        if said is None or said[1] in ("pytest", "json.tool"):
            continue
        spec = find_spec(said[1])
        assert spec is not None, command
        assert spec.submodule_search_locations is None or find_spec(f"{said[1]}.__main__"), command
        if said[1] in PROGRAMS:
            told, options = help_of(PROGRAMS[said[1]], said[2], capsys)
            assert [option for option in options if option not in told] == [], command


def help_of(
    main: Callable[[list[str]], int], said: str, capsys: pytest.CaptureFixture[str]
) -> tuple[set[str], list[str]]:
    """The options that the command takes, and those that are said."""
    words = shlex.split(re.sub(r"[\[\]…]|\.\.\.", " ", said))
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    names: list[str] = []
    for word in words:
        if not re.fullmatch(r"[a-z][a-z-]*", word) or word.startswith("--"):
            break
        names.append(word)
    with pytest.raises(SystemExit) as left:
        main([*names, "--help"])
    assert left.value.code == 0, said
    return set(re.findall(r"--[a-z][a-z0-9-]*", capsys.readouterr().out)), options


@each_page
def test_programs_named_exist(page: Path) -> None:
    for command in commands(page):
        for name in re.findall(r"python3? ((?:\w+/)+\w+\.py)", command):
            assert Path(name).exists(), command
            assert import_module(name.removesuffix(".py").replace("/", ".")).__doc__, command
