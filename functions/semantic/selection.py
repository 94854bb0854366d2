"""Which filters a request is about."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Sequence
from typing import Final

from functions.common.errors import InvalidRequest, UnknownFilter
from functions.common.expectations import either
from taxonomy import ModerationClass, Taxonomy

_FILTER: Final = "filter"
_LONGEST_NAME: Final = 64


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


def rejectable(taxonomy: Taxonomy, names: Sequence[str]) -> tuple[ModerationClass, ...]:
    """The moderation classes of the field `reject`, which must not be seen.

    Raises InvalidRequest for one without a threshold, or given twice.
    """
    known = {entry.name: entry for entry in taxonomy.moderation if entry.threshold is not None}
    for index, name in enumerate(names):
        if name not in known:
            raise InvalidRequest(
                f"reject[{index}] must be a moderation class with a threshold: {either(list(known))}",
                pointer=f"/reject/{index}",
            )
    _refuse_repeated(names, "reject")
    return tuple(known[name] for name in names)


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
                f"{field}[{index}] is the same as {field}[{first[name]}]; each name may appear once",
                pointer=f"/{field}/{index}",
            )


def _unknown(taxonomy: Taxonomy, name: str, field: str, index: int, kind: str = _FILTER) -> UnknownFilter:
    return UnknownFilter(
        f"{field}[{index}] {_what_it_is(taxonomy, name, field, kind)}; GET /filters lists them all",
        pointer=f"/{field}/{index}",
    )


def _what_it_is(taxonomy: Taxonomy, name: str, field: str, kind: str) -> str:
    """What kind of name it is, if known, and what may have been meant. No sensitive filter is ever suggested."""
    if any(name == category.name for category in taxonomy.categories):
        return f"is a category; {field} takes single filters"
    members = [entry for entry in taxonomy.filters if entry.group == name and not entry.sensitive]
    if members:
        return f"is a group, not a known {kind}; its filters are {', '.join(entry.name for entry in members)}"
    near = taxonomy.nearest(name)
    if kind != _FILTER:
        categories = [category.name for category in taxonomy.categories if not category.sensitive]
        known = [*categories, near] if near else categories
        near = next(iter(difflib.get_close_matches(name[:_LONGEST_NAME].lower(), known, n=1)), None)
    return f"is not a known {kind}{f'; the nearest is {near}' if near else ''}"
