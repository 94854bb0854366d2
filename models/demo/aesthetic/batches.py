"""What one step of training asks: pictures of near pairs and spoilt ones, prompts, and which rewards must be higher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """Pictures and prompts that go together in a step: (questions,) each, as rows of the step's pictures and prompts.

    The pictures are those of the near pairs, two a pair, then a spoilt one of each pair.
    """

    prompts: tuple[Prompt, ...]
    picture: NDArray[np.int64]
    prompt: NDArray[np.int64]
    unmet: NDArray[np.int64]
    """How many of the filters the prompt says do not hold."""
    flawed: NDArray[np.bool_]


def ask(
    truth: NDArray[np.bool_], spoilt: NDArray[np.int64], sampler: PromptSampler, rng: np.random.Generator
) -> Questions:
    """Questions about near pairs whose labels are `truth` (2 * pairs, filters), in the order of Questions.

    `spoilt` (pairs,): 0 or 1, which picture of a pair is there spoilt as well. Each picture of a pair is asked about
    with a prompt of its own, where there can be one that is false of the other, with that other one, with its own with
    one word changed; the first also with that of the next pair.
    """
    pairs = len(truth) // 2
    held = [frozenset(name for name, holds in zip(COVERED, row.tolist(), strict=True) if holds) for row in truth]
    prompts: list[Prompt] = []
    asked: list[tuple[int, int]] = []
    for row, filters in enumerate(held):
        only = sorted(filters - held[row ^ 1])
        must = only[int(rng.integers(len(only)))] if only else None
        prompts.append(sampler.sample(filters, rng, must=must))
        asked += [(row, row), (row ^ 1, row)]
    for row, filters in enumerate(held):
        changed = sampler.changed(prompts[row], filters, rng)
        if changed is not None:
            asked.append((row, len(prompts)))
            prompts.append(changed)
    for pair in range(pairs):
        own = 2 * pair + int(spoilt[pair])
        asked += [(2 * pairs + pair, own), (2 * pair, 2 * ((pair + 1) % pairs))]
    picture, prompt = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    shown = np.concatenate([np.arange(2 * pairs), 2 * np.arange(pairs) + spoilt])[picture]
    said = np.array([[name in one.asserted for name in COVERED] for one in prompts])
    return Questions(
        prompts=tuple(prompts),
        picture=picture,
        prompt=prompt,
        unmet=(said[prompt] & ~truth[shown]).sum(axis=1),
        flawed=picture >= 2 * pairs,
    )
