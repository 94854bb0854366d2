"""What the taxonomy holds, as frozen dataclasses."""

import difflib
from dataclasses import dataclass, field

STYLE_CATEGORY = "style"
_LONGEST_NAME_COMPARED = 64  # difflib is quadratic; a name from a request may be any length


@dataclass(frozen=True, slots=True)
class Filter:
    """One attribute a picture can be asked for.

    `prompts` are canonical noun phrases that fit any style's template; those of the category "style" are whole
    descriptions and take none. Members of a `group` exclude each other.
    """

    name: str
    category: str
    prompts: tuple[str, ...]
    sensitive: bool
    group: str | None


@dataclass(frozen=True, slots=True)
class Category:
    """A file of filters. `about_people`: naming one of its filters also scores the moderation class `minor`."""

    name: str
    title: str
    about_people: bool
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Style:
    """A way of picturing. Each template holds exactly one "{}" and is canonical apart from it."""

    name: str
    title: str
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModerationClass:
    """What moderation tells apart. `threshold` is a confidence in (0, 1); unsafe classes always have one."""

    name: str
    title: str
    descriptions: tuple[str, ...]
    unsafe: bool
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All of the data files: categories by name, the rest in the order of the files.

    `digest` is the sha256 (hex) of everything that influences scores.
    """

    categories: tuple[Category, ...]
    filters: tuple[Filter, ...]
    styles: tuple[Style, ...]
    moderation: tuple[ModerationClass, ...]
    neutral: tuple[str, ...]
    digest: str
    _by_name: dict[str, Filter] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {entry.name: entry for entry in self.filters})

    def filter(self, name: str) -> Filter:
        """Return the filter of that name; KeyError if there is none."""
        return self._by_name[name]

    def nearest(self, name: str) -> str | None:
        """Return the filter name most like `name`, or None where none is close.

        Sensitive filters are never suggested: they come up only when a request names them.
        """
        wanted = name[:_LONGEST_NAME_COMPARED].lower().replace(" ", "_").replace("-", "_")
        known = [entry.name for entry in self.filters if not entry.sensitive]
        return next(iter(difflib.get_close_matches(wanted, known, n=1)), None)

    def in_category(self, name: str) -> tuple[Filter, ...]:
        """Return the filters of a category, in file order; KeyError if there is no such category."""
        if all(category.name != name for category in self.categories):
            raise KeyError(name)
        return tuple(entry for entry in self.filters if entry.category == name)

    def group_members(self, group: str) -> tuple[Filter, ...]:
        """Return the filters of an exclusive group, at least two; KeyError if there is no such group."""
        members = tuple(entry for entry in self.filters if entry.group == group)
        if not members:
            raise KeyError(group)
        return members
