"""Rules on a single phrase: canonical form, length, and that it describes adults."""

from collections.abc import Iterable, Iterator

from taxonomy.canonical import canonicalize

# The text tower reads 64 tokens and cuts the rest off in silence. English runs at about four characters a token, so
# this leaves a wide margin; the exact count is checked with the tokenizer when prompts are embedded.
LONGEST_TEXT_CHARACTERS = 100
# Pictures are asked for adults only. These words belong to the moderation class `minor` and to nothing else.
NOT_ADULT_WORDS = frozenset(
    {
        "adolescent",
        "adolescents",
        "babies",
        "baby",
        "boy",
        "boys",
        "child",
        "childlike",
        "children",
        "girl",
        "girls",
        "infant",
        "infants",
        "juvenile",
        "juveniles",
        "kid",
        "kids",
        "loli",
        "lolicon",
        "lolita",
        "minor",
        "minors",
        "newborn",
        "prepubescent",
        "preteen",
        "preteens",
        "pubescent",
        "schoolboy",
        "schoolboys",
        "schoolchild",
        "schoolchildren",
        "schoolgirl",
        "schoolgirls",
        "schoolkid",
        "schoolkids",
        "shota",
        "shotacon",
        "teen",
        "teenage",
        "teenaged",
        "teenager",
        "teenagers",
        "teens",
        "toddler",
        "toddlers",
        "tween",
        "tweens",
        "underage",
        "underaged",
        "young",
        "youngster",
        "youngsters",
        "youth",
        "youthful",
        "youths",
    }
)


def repeated(phrases: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Report every (where, text) whose text came before."""
    first: dict[str, str] = {}
    for where, text in phrases:
        earlier = first.setdefault(text, where)
        if earlier != where:
            yield f"{where}: the same as {earlier}"


def wording_problems(
    where: str, text: str, longest: int = LONGEST_TEXT_CHARACTERS, *, adult: bool = True
) -> Iterator[str]:
    """Report what is wrong with `text`; only where `adult` is false may it be about someone younger."""
    canonical = canonicalize(text)
    if not canonical:
        yield f"{where}: holds no word"
    elif canonical != text:
        yield f"{where}: not in canonical form, which is {canonical!r}"
    if len(text) > longest:
        yield f"{where}: {len(text)} characters, at most {longest} fit beside the longest template"
    if adult and (found := NOT_ADULT_WORDS.intersection(canonical.split())):
        yield f"{where}: only adults may be described, so not {', '.join(sorted(found))}"
