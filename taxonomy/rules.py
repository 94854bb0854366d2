"""Rules on how the entries of the data files fit together, once they are read."""

from collections import defaultdict
from collections.abc import Iterator

from taxonomy.entries import STYLE_CATEGORY, Filter, ModerationClass, Style
from taxonomy.wording import LONGEST_TEXT_CHARACTERS, repeated, wording_problems

MINOR_CLASS = "minor"


def broken(
    filters: tuple[Filter, ...],
    styles: tuple[Style, ...],
    moderation: tuple[ModerationClass, ...],
    neutral: tuple[str, ...],
) -> list[str]:
    """Return every rule broken, as "file: key: what".

    What is empty because its file could not be read is not held against these rules.
    """
    return [
        *_names(filters),
        *_groups(filters),
        *_style_filters(filters, styles),
        *_templates(styles),
        *_phrases(filters, styles, moderation, neutral),
        *_moderation(moderation),
    ]


def _file(entry: Filter) -> str:
    return f"filters/{entry.category}.toml"


def _names(filters: tuple[Filter, ...]) -> Iterator[str]:
    categories = {entry.category for entry in filters}
    first: dict[str, Filter] = {}
    for entry in filters:
        where = f"{_file(entry)}: filters.{entry.name}"
        if entry.name in categories:
            yield f"{where}: the name is a category's, and a request may name either"
        earlier = first.setdefault(entry.name, entry)
        if earlier is not entry:
            yield f"{where}: the name is taken by {_file(earlier)}"


def _groups(filters: tuple[Filter, ...]) -> Iterator[str]:
    groups: defaultdict[str, list[Filter]] = defaultdict(list)
    for entry in filters:
        if entry.group is not None:
            groups[entry.group].append(entry)
    for group, members in groups.items():
        first = members[0]
        where = f"{_file(first)}: filters.{first.name}.group"
        if len(members) == 1:
            yield f"{where}: {group} has one member; members of a group exclude each other, so it needs two"
        for other in members[1:]:
            where = f"{_file(other)}: filters.{other.name}.group"
            if other.category != first.category:
                yield f"{where}: {group} is in {_file(first)}; a group stays within one category"
            if other.sensitive != first.sensitive:
                yield f"{where}: {other.name} and {first.name} of {group} must be sensitive both or neither"


def _style_filters(filters: tuple[Filter, ...], styles: tuple[Style, ...]) -> Iterator[str]:
    as_filters = {entry.name for entry in filters if entry.category == STYLE_CATEGORY}
    as_styles = {entry.name for entry in styles}
    if not as_styles:
        return
    for name in sorted(as_styles - as_filters):
        yield f"styles.toml: styles.{name}: has no filter in filters/{STYLE_CATEGORY}.toml"
    for name in sorted(as_filters - as_styles):
        yield f"filters/{STYLE_CATEGORY}.toml: filters.{name}: has no templates in styles.toml"


def _templates(styles: tuple[Style, ...]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for style in styles:
        for index, template in enumerate(style.templates):
            where = f"styles.toml: styles.{style.name}.templates[{index}]"
            if template.count("{}") != 1 or "{}" not in template.split(" "):
                yield f"{where}: must hold exactly one {{}}, as a word of its own"
                continue
            # Any canonical word will do in place of {}: the rendered text is canonical if and only if this is.
            yield from wording_problems(where, template.replace("{}", "x"))
            earlier = seen.setdefault(template, where)
            if earlier != where:
                yield f"{where}: the same as {earlier}"


def _phrases(
    filters: tuple[Filter, ...],
    styles: tuple[Style, ...],
    moderation: tuple[ModerationClass, ...],
    neutral: tuple[str, ...],
) -> Iterator[str]:
    longest_template = max((len(text) for style in styles for text in style.templates), default=len("{}"))
    longest = LONGEST_TEXT_CHARACTERS - longest_template + len("{}")
    neutral_at = [(f"neutral.toml: descriptions[{index}]", text) for index, text in enumerate(neutral)]
    prompts_at = [
        (f"{_file(entry)}: filters.{entry.name}.prompts[{index}]", text)
        for entry in filters
        for index, text in enumerate(entry.prompts)
    ]
    # A filter that says what a neutral description says could never stand out from it, so the two share one check.
    yield from repeated([*neutral_at, *prompts_at])
    classes_at = [
        (f"moderation.toml: classes.{entry.name}.descriptions[{index}]", text, entry.name)
        for entry in moderation
        for index, text in enumerate(entry.descriptions)
    ]
    yield from repeated([(where, text) for where, text, _ in classes_at])
    for where, text in [*neutral_at, *prompts_at]:
        yield from wording_problems(where, text, longest)
    for where, text, name in classes_at:
        yield from wording_problems(where, text, longest, adult=name != MINOR_CLASS)


def _moderation(moderation: tuple[ModerationClass, ...]) -> Iterator[str]:
    for entry in moderation:
        if entry.name == MINOR_CLASS and not entry.unsafe:
            yield f"moderation.toml: classes.{MINOR_CLASS}.unsafe: must be true"
    if moderation and all(entry.name != MINOR_CLASS for entry in moderation):
        yield f"moderation.toml: classes.{MINOR_CLASS}: is missing"
