"""Prompts of the demo world: phrases of the taxonomy joined to one text, and every word knows what it speaks of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.demo.world.scene import COVERED, STYLES
from taxonomy import Taxonomy, canonicalize

_JOINTS: Final = (",", ",", "and", "with", "in", "")
_NEED: Final = ("woman", "man", "couple")
"""A phrase with one of these words is said only of a picture for which the filter of that name holds."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some words, and the covered filter that they say is true; None for words between phrases."""

    words: str
    filter: str | None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as the parts that make it."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The prompt as somebody would type it."""
        return " ".join(part.words for part in self.parts).replace(" ,", ",")

    @property
    def asserted(self) -> frozenset[str]:
        """The filters that must all hold."""
        return frozenset(part.filter for part in self.parts if part.filter is not None)

    @property
    def words(self) -> list[tuple[str, str | None]]:
        """Its words, punctuation too, each with the filter it speaks of."""
        return [(word, part.filter) for part in self.parts for word in part.words.split()]


class PromptSampler:
    """Draws prompts in the taxonomy's words for the covered filters."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._phrases = {
            name: tuple(dict.fromkeys(canonicalize(text) for text in (*taxonomy.filter(name).prompts, name)))
            for name in COVERED
        }
        self._templates = {
            style.name: tuple(canonicalize(text.replace("{}", " ")) for text in style.templates)
            for style in taxonomy.styles
        }
        self._category = {name: taxonomy.filter(name).category for name in COVERED}
        self._swaps = _swaps([self._phrases, self._templates], self._category)

    def sample(self, filters: Collection[str], rng: np.random.Generator, *, must: str | None = None) -> Prompt:
        """A prompt of one to four phrases, all true where `filters` hold; `must` is one of what it says."""
        others = [name for name in COVERED if name in filters and name != must]
        count = min(len(others), int(rng.integers(0, 3) if must else rng.integers(1, 4)))
        names = [others[int(place)] for place in rng.permutation(len(others))[:count]]
        if must is not None:
            names.insert(int(rng.integers(len(names) + 1)), must)
        return self.about(names, filters, rng)

    def about(self, names: Sequence[str], filters: Collection[str], rng: np.random.Generator) -> Prompt:
        """A prompt that says `names`, in that order but for a style, which comes first."""
        style = next((name for name in names if name in STYLES), None)
        parts = [Part(self._phrase(name, filters, rng), name) for name in names if name != style]
        joined = parts[:1]
        for part in parts[1:]:
            joint = _pick(_JOINTS, rng)
            joined += [Part(joint, None), part] if joint else [part]
        if style is None:
            return Prompt(tuple(joined))
        if joined and rng.integers(4):
            return Prompt((Part(_pick(self._templates[style], rng), style), *joined))
        alone = Part(self._phrase(style, filters, rng), style)
        return Prompt((alone, Part(",", None), *joined) if joined else (alone,))

    def changed(self, prompt: Prompt, filters: Collection[str], rng: np.random.Generator) -> Prompt | None:
        """`prompt` with one word changed, so that what that phrase says no longer holds; None where no word can be."""
        options = [
            (place, swap)
            for place, part in enumerate(prompt.parts)
            if part.filter is not None
            for swap in self._swaps.get(part, ())
            if swap.filter not in filters
        ]
        if not options:
            return None
        place, swap = options[int(rng.integers(len(options)))]
        return Prompt((*prompt.parts[:place], swap, *prompt.parts[place + 1 :]))

    def crossed(self, own: Collection[str], other: Collection[str], rng: np.random.Generator) -> tuple[Prompt, Prompt]:
        """Two prompts about a picture of which `own` holds and one of which `other` does.

        The first is true of the first picture and, where that can be, false of the other. The second is the same but
        for what it says of the other picture instead; where there is no such thing, one more that is true of the first.
        """
        only = sorted(set(own) - set(other))
        if not only:
            return self.sample(own, rng), self.sample(own, rng)
        must = only[int(rng.integers(len(only)))]
        prompt = self.sample(own, rng, must=must)
        instead = [name for name in sorted(set(other) - set(own)) if self._category[name] == self._category[must]]
        if not instead or not prompt.asserted - {must} <= set(other):
            return prompt, self.sample(own, rng)
        name = instead[int(rng.integers(len(instead)))]
        parts = [part if part.filter != must else self._like(part, name, other, rng) for part in prompt.parts]
        return prompt, Prompt(tuple(parts))

    def _like(self, part: Part, name: str, filters: Collection[str], rng: np.random.Generator) -> Part:
        """What says `name` where `part` says another filter of its category: a template for a template."""
        if part.filter in self._templates and part.words in self._templates[part.filter]:
            return Part(_pick(self._templates[name], rng), name)
        return Part(self._phrase(name, filters, rng), name)

    def _phrase(self, name: str, filters: Collection[str], rng: np.random.Generator) -> str:
        fitting = [
            phrase for phrase in self._phrases[name] if all(need in filters for need in _NEED if need in phrase.split())
        ]
        return _pick(fitting, rng)


def _swaps(tables: Sequence[dict[str, tuple[str, ...]]], category: Mapping[str, str]) -> dict[Part, tuple[Part, ...]]:
    """For every phrase, those of other filters of its category that differ from it in one word."""
    found: dict[Part, tuple[Part, ...]] = {}
    for table in tables:
        for part, own in ((Part(phrase, name), name) for name, phrases in table.items() for phrase in phrases):
            near = [
                Part(phrase, name)
                for name, phrases in table.items()
                if name != own and category[name] == category[own]
                for phrase in phrases
                if _one_word_apart(part.words, phrase)
            ]
            found[part] = (*found.get(part, ()), *near)
    return found


def _one_word_apart(first: str, second: str) -> bool:
    one, other = first.split(), second.split()
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
