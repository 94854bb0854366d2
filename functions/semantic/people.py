"""Whether words are about people. Filters say so by their category; open labels have to be read."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from taxonomy import NOT_ADULT_WORDS, Taxonomy, canonicalize

_ARTICLES: Final = ("a ", "an ", "the ")
# Beside the words of the taxonomy. Too many are worth more than too few: all that follows is one more score.
_COMMON: Final = """
    adult adults bodies body couple couples crowd erotic explicit face faces female females gentleman gentlemen guy guys
    human humans ladies lady male males man men naked nsfw nude nudes nudity people person persons porn pornographic
    pornography portrait portraits selfie selfies sex sexual sexy skin somebody someone suggestive topless underwear
    undressed woman women
"""
_WORDS: Final = NOT_ADULT_WORDS.union(_COMMON.split())


def mentioned(taxonomy: Taxonomy, texts: Iterable[str]) -> bool:
    """Whether any of these canonical texts is read as one about a person.

    That is so where, as whole words, it holds the name or a prompt (its article aside) of a filter of a category about
    people, or one of the common English words for people and bodies. Other wording, and other languages, go unread.
    """
    phrases = _phrases(taxonomy)
    return any(
        " ".join(words[start : start + length]) in of_length
        for words in map(str.split, texts)
        for length, of_length in phrases.items()
        for start in range(len(words) - length + 1)
    )


@functools.lru_cache(maxsize=4)
def _phrases(taxonomy: Taxonomy) -> dict[int, frozenset[str]]:
    """What to look for, by its number of words."""
    about_people = {category.name for category in taxonomy.categories if category.about_people}
    found = set(_WORDS)
    for entry in taxonomy.filters:
        if entry.category in about_people:
            found |= {canonicalize(entry.name), *map(_without_article, entry.prompts)}
    lengths = {len(phrase.split()) for phrase in found}
    return {length: frozenset(phrase for phrase in found if len(phrase.split()) == length) for length in lengths}


def _without_article(prompt: str) -> str:
    return next((prompt.removeprefix(article) for article in _ARTICLES if prompt.startswith(article)), prompt)
