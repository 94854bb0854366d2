"""Reads the data files into a Taxonomy."""

import functools
from pathlib import Path

from taxonomy import rules
from taxonomy.digest import scoring_digest
from taxonomy.entries import Category, Filter, ModerationClass, Style, Taxonomy
from taxonomy.errors import TaxonomyError
from taxonomy.tables import Table, read_table

_PACKAGE = Path(__file__).resolve().parent
FEWEST_PROMPTS = 3


def load(directory: Path | None = None) -> Taxonomy:
    """Load the taxonomy in `directory`, by default the package's own (read once, then remembered).

    Raises TaxonomyError with every problem found, each naming file and key.
    """
    return _load_own() if directory is None else _load(directory)


@functools.cache
def _load_own() -> Taxonomy:
    return _load(_PACKAGE)


def _load(directory: Path) -> Taxonomy:
    problems: list[str] = []
    categories: list[Category] = []
    filters: list[Filter] = []
    names = sorted(path.name for path in (directory / "filters").glob("*.toml"))
    if not names:
        problems.append("filters: holds no .toml file")
    for name in names:
        table = read_table(directory, f"filters/{name}", problems)
        if table is not None:
            category = _category(table)
            categories.append(category)
            filters.extend(_filters(table, category))
            table.finish()
    styles = _styles(directory, problems)
    moderation = _moderation(directory, problems)
    neutral = _neutral(directory, problems)
    problems += rules.broken(tuple(filters), styles, moderation, neutral)
    if problems:
        raise TaxonomyError(tuple(problems))
    parts = (tuple(categories), tuple(filters), styles, moderation, neutral)
    return Taxonomy(*parts, digest=scoring_digest(*parts))


def _category(table: Table) -> Category:
    entry = table.table("category")
    stem = Path(table.file).stem
    name = entry.text("name")
    if name and name != stem:
        entry.report("name", f"must be the file's name, {stem}")
    category = Category(
        name=stem,
        title=entry.text("title"),
        about_people=entry.flag("about_people"),
        sensitive=entry.flag("sensitive"),
    )
    entry.finish()
    return category


def _filters(table: Table, category: Category) -> list[Filter]:
    filters = []
    for name, entry in table.tables("filters"):
        sensitive = entry.optional_flag("sensitive")
        if category.sensitive and sensitive is False:
            entry.report("sensitive", f"cannot be false: all of the category {category.name} is sensitive")
        prompts = entry.texts("prompts", at_least=FEWEST_PROMPTS)
        filters.append(Filter(name, category.name, prompts, category.sensitive or bool(sensitive), entry.name("group")))
        entry.finish()
    return filters


def _styles(directory: Path, problems: list[str]) -> tuple[Style, ...]:
    table = read_table(directory, "styles.toml", problems)
    if table is None:
        return ()
    styles = []
    for name, entry in table.tables("styles"):
        styles.append(Style(name, entry.text("title"), entry.texts("templates", at_least=1)))
        entry.finish()
    table.finish()
    return tuple(styles)


def _moderation(directory: Path, problems: list[str]) -> tuple[ModerationClass, ...]:
    table = read_table(directory, "moderation.toml", problems)
    if table is None:
        return ()
    classes = []
    for name, entry in table.tables("classes"):
        title = entry.text("title")
        descriptions = entry.texts("descriptions", at_least=FEWEST_PROMPTS)
        unsafe = entry.flag("unsafe")
        if unsafe and "threshold" not in entry.values:
            entry.report("threshold", "is missing, and the class is unsafe")
        classes.append(ModerationClass(name, title, descriptions, unsafe, entry.optional_fraction("threshold")))
        entry.finish()
    table.finish()
    return tuple(classes)


def _neutral(directory: Path, problems: list[str]) -> tuple[str, ...]:
    table = read_table(directory, "neutral.toml", problems)
    if table is None:
        return ()
    neutral = table.texts("descriptions", at_least=FEWEST_PROMPTS)
    table.finish()
    return neutral
