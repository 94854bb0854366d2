"""Which filters a request is about."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from functions.common.errors import InvalidRequest, UnknownFilter
from taxonomy import Taxonomy


def named(taxonomy: Taxonomy, names: Sequence[str], field: str) -> tuple[str, ...]:
    """Filters named one by one, as they stand. Raises UnknownFilter, and InvalidRequest for a name given twice."""
    known = {entry.name for entry in taxonomy.filters}
    for index, name in enumerate(names):
        if name not in known:
            raise _unknown(taxonomy, name, field, index)
    _refuse_repeated(names, field)
    return tuple(names)


def detectable(
    taxonomy: Taxonomy, include: Sequence[str] | None, exclude: Sequence[str] | None, covers: Iterable[str]
) -> tuple[str, ...]:
    """Filters to look for, in the taxonomy's order; names in `include` and `exclude` are filters or categories.

    Without `include`, all but the sensitive ones that the model covers. Raises UnknownFilter, and InvalidRequest for a
    name given twice or where `exclude` leaves nothing.
    """
    covered = frozenset(covers)
    if include is None:
        wanted = {entry.name for entry in taxonomy.filters if not entry.sensitive and entry.name in covered}
    else:
        wanted = _expand(taxonomy, include, "include")
    left = wanted - _expand(taxonomy, exclude or (), "exclude")
    if wanted and not left:
        raise InvalidRequest("exclude leaves no filter to look for", pointer="/exclude")
    return tuple(entry.name for entry in taxonomy.filters if entry.name in left)


def unrequested(taxonomy: Taxonomy, requested: Sequence[str], covers: Container[str]) -> tuple[str, ...]:
    """Covered filters that an answer may bring up beside the requested ones, in the taxonomy's order.

    Never a sensitive one; and one about people only where the request itself is.
    """
    people = about_people(taxonomy, requested)
    return tuple(
        entry.name
        for entry in taxonomy.filters
        if not entry.sensitive
        and entry.name in covers
        and entry.name not in requested
        and (people or not about_people(taxonomy, [entry.name]))
    )


def about_people(taxonomy: Taxonomy, names: Iterable[str]) -> bool:
    """Whether any of these filters says something about a person."""
    categories = {category.name for category in taxonomy.categories if category.about_people}
    return any(taxonomy.filter(name).category in categories for name in names)


def _expand(taxonomy: Taxonomy, names: Sequence[str], field: str) -> set[str]:
    categories = {category.name for category in taxonomy.categories}
    filters = {entry.name for entry in taxonomy.filters}
    expanded: set[str] = set()
    _refuse_repeated(names, field)
    for index, name in enumerate(names):
        if name in categories:
            expanded |= {entry.name for entry in taxonomy.in_category(name)}
        elif name in filters:
            expanded.add(name)
        else:
            raise _unknown(taxonomy, name, field, index, "filter or category")
    return expanded


def _refuse_repeated(names: Sequence[str], field: str) -> None:
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if first.setdefault(name, index) != index:
            raise InvalidRequest(
                f"{field}[{index}] is the same as {field}[{first[name]}]; each may be named once",
                pointer=f"/{field}/{index}",
            )


def _unknown(taxonomy: Taxonomy, name: str, field: str, index: int, kind: str = "filter") -> UnknownFilter:
    is_category = any(name == category.name for category in taxonomy.categories)
    near = None if is_category else taxonomy.nearest(name)
    wrong = f"is a category, and {field} takes its filters one by one" if is_category else f"is not a known {kind}"
    return UnknownFilter(
        f"{field}[{index}] {wrong}{f'; the nearest is {near}' if near else ''}; GET /filters lists them all",
        pointer=f"/{field}/{index}",
    )
