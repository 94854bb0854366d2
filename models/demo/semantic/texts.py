"""Texts for training: the taxonomy's own words about the covered filters, each with the filters it asserts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.demo.world.scene import COVERED, PLAIN_CLASS, SHOWN_CLASSES, STYLES
from taxonomy import STYLE_CATEGORY, Taxonomy, canonicalize

_JOINTS = (" and ", " with ", " ", " in ")


@dataclass(frozen=True, slots=True)
class Ensemble:
    """A description once in a template of every style: its style-free meaning.

    It says that `filter` is true, or that none of `denied` is; where it says neither, it is a neutral one.
    """

    filter: str | None
    rows: tuple[int, ...]
    denied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Texts, and for each the covered filters that must all hold and those that must not: (texts, filters) each.

    `neutral` texts say nothing about any.
    """

    texts: tuple[str, ...]
    asserted: NDArray[np.bool_]
    denied: NDArray[np.bool_]
    neutral: NDArray[np.bool_]
    ensembles: tuple[Ensemble, ...]


class TextSampler:
    """Draws the texts of a training step."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._prompts = {name: taxonomy.filter(name).prompts for name in COVERED}
        self._whole = {entry.name for entry in taxonomy.filters if entry.category == STYLE_CATEGORY}
        self._templates = {style.name: style.templates for style in taxonomy.styles}
        self._neutral = taxonomy.neutral
        self._classes = {
            entry.name: entry.descriptions
            for entry in taxonomy.moderation
            if entry.name in (PLAIN_CLASS, *SHOWN_CLASSES)
        }

    def sample(
        self,
        truth: NDArray[np.bool_],
        rng: np.random.Generator,
        *,
        ensembles: int,
        plain: int,
        captions: int,
    ) -> TextBatch:
        """Texts for pictures whose labels are `truth` (pictures, filters).

        `ensembles` filters and one moderation class come in a template of every style and `plain` others in none;
        `captions` join two or three filters that are true of one of the pictures.
        """
        texts: list[str] = []
        asserted: list[set[str]] = []
        denied: list[set[str]] = []
        neutral: list[bool] = []
        groups: list[Ensemble] = []

        def add(text: str, *names: str, without: Collection[str] = (), is_neutral: bool = False) -> int:
            texts.append(canonicalize(text))
            asserted.append(set(names))
            denied.append(set(without))
            neutral.append(is_neutral)
            return len(texts) - 1

        free = [name for name in COVERED if name not in self._whole]
        chosen = [free[int(i)] for i in rng.permutation(len(free))]
        for name in chosen[:ensembles]:
            phrase = self._phrase(name, rng)
            rows = [add(self._styled(phrase, style, rng), name, style) for style in STYLES]
            groups.append(Ensemble(name, tuple(rows)))
        for name in chosen[ensembles : ensembles + plain]:
            add(self._phrase(name, rng, bare=True), name)
        for style in STYLES:
            groups.append(Ensemble(style, (add(self._phrase(style, rng), style),)))
        groups.append(self._moderated(rng, add))
        for index in rng.choice(len(self._neutral), 1, replace=False).tolist():
            phrase = self._neutral[index]
            rows = [add(self._styled(phrase, style, rng), is_neutral=True) for style in STYLES]
            groups.append(Ensemble(None, tuple(rows)))
            add(phrase, is_neutral=True)
        for _ in range(captions):
            self._caption(truth[int(rng.integers(len(truth)))], rng, add)
        return TextBatch(tuple(texts), _matrix(asserted), _matrix(denied), np.array(neutral), tuple(groups))

    def _moderated(self, rng: np.random.Generator, add: Callable[..., int]) -> Ensemble:
        names = tuple(self._classes)
        name = names[int(rng.integers(len(names)))]
        phrase = self._classes[name][int(rng.integers(len(self._classes[name])))]
        shown, denied = SHOWN_CLASSES.get(name), () if name in SHOWN_CLASSES else tuple(SHOWN_CLASSES.values())
        said = () if shown is None else (shown,)
        rows = [add(self._styled(phrase, style, rng), *said, style, without=denied) for style in STYLES]
        return Ensemble(shown, tuple(rows), denied)

    def _phrase(self, name: str, rng: np.random.Generator, *, bare: bool = False) -> str:
        options = (*self._prompts[name], name) if bare else self._prompts[name]
        return options[int(rng.integers(len(options)))]

    def _styled(self, phrase: str, style: str, rng: np.random.Generator) -> str:
        templates = self._templates[style]
        return templates[int(rng.integers(len(templates)))].replace("{}", phrase)

    def _caption(self, row: NDArray[np.bool_], rng: np.random.Generator, add: Callable[..., int]) -> None:
        true = [name for name, held in zip(COVERED, row.tolist(), strict=True) if held and name not in self._whole]
        style = next(name for name, held in zip(COVERED, row.tolist(), strict=True) if held and name in self._whole)
        count = min(len(true), int(rng.integers(2, 4)))
        names = [true[int(i)] for i in rng.choice(len(true), count, replace=False)]
        text = self._phrase(names[0], rng)
        for name in names[1:]:
            text += _JOINTS[int(rng.integers(len(_JOINTS)))] + self._phrase(name, rng, bare=True)
        if rng.integers(2):
            add(self._styled(text, style, rng), *names, style)
        else:
            add(text, *names)


def _matrix(sets: Sequence[set[str]]) -> NDArray[np.bool_]:
    return np.array([[name in names for name in COVERED] for names in sets])
