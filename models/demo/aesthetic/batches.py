"""What one step of training asks: pictures of near pairs and spoilt ones, prompts, and which rewards must be higher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.aesthetic.layout import PROMPT_LENGTH
from models.demo.aesthetic.prompts import Prompt, PromptSampler
from models.demo.world.scene import COVERED

NOTHING = -1
"""Stands for the filter of a word that speaks of none."""


@dataclass(frozen=True, slots=True)
class Words:
    """Prompts as the model reads them, each (prompts, length), with the filters their words speak of as numbers."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    filters: NDArray[np.int64]


def encode(prompts: Sequence[Prompt], ids: Mapping[str, int]) -> Words:
    """[CLS], the words, [SEP], padding up to the longest prompt. `ids` has every word of every prompt."""
    length = min(PROMPT_LENGTH, 2 + max(len(prompt.words) for prompt in prompts))
    rows = np.full((len(prompts), length), ids["[PAD]"], np.int64)
    filters = np.full((len(prompts), length), NOTHING, np.int64)
    mask = np.zeros((len(prompts), length), np.int64)
    for row, prompt in enumerate(prompts):
        words = prompt.words[: length - 2]
        rows[row, : len(words) + 2] = [ids["[CLS]"], *(ids[word] for word, _ in words), ids["[SEP]"]]
        mask[row, : len(words) + 2] = 1
        for place, (_, name) in enumerate(words, 1):
            if name is not None:
                filters[row, place] = COVERED.index(name)
    return Words(rows, mask, filters)


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of the pictures of a step: (pictures, questions) each, `asked` in rows of `prompts`.

    Three pictures a near pair, one after the other: both, and one of them spoilt. The pictures of TOGETHER pairs are
    all asked the same.
    """

    prompts: tuple[Prompt, ...]
    asked: NDArray[np.int64]
    unmet: NDArray[np.int64]
    """How many of the filters the prompt says do not hold."""
    flawed: NDArray[np.bool_]  # (pictures,)
    original: NDArray[np.int64]  # (pictures,)
    """The picture that a spoilt one was made of; of others, themselves."""


TOGETHER: Final = 2
PROMPTS_EACH: Final = 4
"""Prompts of a pair."""


def ask(
    truth: NDArray[np.bool_],  # (pairs, 2, filters)
    spoilt: NDArray[np.int64],  # (pairs,)
    sampler: PromptSampler,
    rng: np.random.Generator,
) -> Questions:
    """Questions about near pairs with these labels, of which the `spoilt` one (0 or 1) is there spoilt as well.

    Of each picture come a prompt that is false of the other of its pair, where there can be one, and one like it that
    speaks of what the other has instead. Every prompt is true of some picture, and is asked of all its block.
    """
    pairs = len(truth)
    prompts: list[Prompt] = []
    for pair in truth:
        held = [frozenset(name for name, holds in zip(COVERED, row.tolist(), strict=True) if holds) for row in pair]
        for own, other in (held, held[::-1]):
            prompts += sampler.crossed(own, other, rng)
    asked = np.arange(len(prompts)).reshape(-1, TOGETHER * PROMPTS_EACH).repeat(3 * TOGETHER, axis=0)
    sides = np.stack([np.zeros_like(spoilt), np.ones_like(spoilt), spoilt], axis=1)  # (pairs, 3)
    lacking = ~np.take_along_axis(truth, sides[..., None], axis=1).reshape(3 * pairs, 1, -1)
    said = np.array([[name in one.asserted for name in COVERED] for one in prompts])
    return Questions(
        prompts=tuple(prompts),
        asked=asked,
        unmet=(said[asked] & lacking).sum(axis=2),
        flawed=np.tile([False, False, True], pairs),
        original=(3 * np.arange(pairs)[:, None] + sides).ravel(),
    )
