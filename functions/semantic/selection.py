"""Which filters a request is about."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from functions.common.errors import InvalidRequest, UnknownFilter
from taxonomy import Taxonomy


def named(taxonomy: Taxonomy, names: Sequence[str], field: str) -> tuple[str, ...]:
    """Filters named one by one, as they stand. Raises UnknownFilter, and InvalidRequest for a name given twice."""
    known = {entry.name for entry in taxonomy.filters}
    seen: set[str] = set()
    for index, name in enumerate(names):
        pointer = f"/{field}/{index}"
        if name not in known:
            raise _unknown(taxonomy, name, pointer)
        if name in seen:
            raise InvalidRequest("names a filter a second time", pointer=pointer)
        seen.add(name)
    return tuple(names)


def detectable(
    taxonomy: Taxonomy, include: Sequence[str] | None, exclude: Sequence[str] | None, covers: Iterable[str]
) -> tuple[str, ...]:
    """Filters to look for, in the taxonomy's order; names in `include` and `exclude` are filters or categories.

    Without `include`, all but the sensitive ones that the model covers. Raises UnknownFilter, and InvalidRequest for a
    name given twice.
    """
    covered = frozenset(covers)
    if include is None:
        wanted = {entry.name for entry in taxonomy.filters if not entry.sensitive and entry.name in covered}
    else:
        wanted = _expand(taxonomy, include, "include")
    unwanted = _expand(taxonomy, exclude or (), "exclude")
    return tuple(entry.name for entry in taxonomy.filters if entry.name in wanted - unwanted)


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
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidRequest("names a filter or category a second time", pointer=f"/{field}/{index}")
        if name in categories:
            expanded |= {entry.name for entry in taxonomy.in_category(name)}
        elif name in filters:
            expanded.add(name)
        else:
            raise _unknown(taxonomy, name, f"/{field}/{index}")
    return expanded


def _unknown(taxonomy: Taxonomy, name: str, pointer: str) -> UnknownFilter:
    near = taxonomy.nearest(name)
    hint = f"; the nearest is {near}" if near else ""
    return UnknownFilter(f"there is no such filter{hint}; GET /filters lists them all", pointer=pointer)
