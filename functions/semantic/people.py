"""Whether words are about people. Filters say so by their category; open labels have to be read."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from taxonomy import NOT_ADULT_WORDS, Taxonomy, canonicalize

_WORD: Final = re.compile(r"[^\W_]+")
_ARTICLES: Final = ("a ", "an ", "the ")
# Beside the words of the taxonomy. Better too many than too few: all that a match costs is one more score.
_COMMON: Final = """
    adult adults athlete athletes audience bodies body couple couples crowd dancer dancers erotic explicit face faces
    female females friends gentleman gentlemen guy guys human humans ladies lady male males man men musician musicians
    naked nsfw nude nudes nudity people person persons player players porn pornographic pornography portrait portraits
    selfie selfies sex sexual sexy singer singers skin somebody someone streamer streamers suggestive topless underwear
    undressed woman women
"""
_WORDS: Final = NOT_ADULT_WORDS.union(_COMMON.split())


def mentioned(taxonomy: Taxonomy, texts: Iterable[str]) -> bool:
    """Whether any of these texts is read as one about a person.

    That is so where, as whole words, it holds the name or a prompt (its article aside) of a filter of a category about
    people, or one of the common English words for people and bodies. Punctuation is read both as SigLIP does, which
    joins the words around it, and as a space; so are characters that do not show, such as soft hyphens. Other wording,
    and other languages, go unread.
    """
    phrases = _phrases(taxonomy)
    return any(
        words[start : start + len(phrase)] == phrase
        for text in texts
        for words in {_words_of(text), _words_of(canonicalize(text)), _words_of(_visible(text))}
        for start, word in enumerate(words)
        for phrase in phrases.get(word, ())
    )


@functools.lru_cache(maxsize=4)
def _phrases(taxonomy: Taxonomy) -> dict[str, list[tuple[str, ...]]]:
    """What to look for, by its first word."""
    about_people = {category.name for category in taxonomy.categories if category.about_people}
    found = set(_WORDS)
    for entry in taxonomy.filters:
        if entry.category in about_people:
            found |= {canonicalize(entry.name), *map(_without_article, entry.prompts)}
    phrases: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for phrase in map(_words_of, sorted(found)):
        phrases[phrase[0]].append(phrase)
    return dict(phrases)


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def _visible(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _without_article(prompt: str) -> str:
    return next((prompt.removeprefix(article) for article in _ARTICLES if prompt.startswith(article)), prompt)
