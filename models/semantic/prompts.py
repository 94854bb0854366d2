"""The taxonomy's prompts, embedded once: rows as `functions.semantic.prompts` describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from functions.semantic.prompts import PromptRow
from models import progress
from models.semantic.tokenization import PromptTokenizer
from taxonomy import STYLE_CATEGORY, Taxonomy, canonicalize

_BATCH = 16


@dataclass(frozen=True, slots=True)
class PromptEnsemble:
    """A row and the canonical texts whose embeddings it is the mean of."""

    row: PromptRow
    texts: tuple[str, ...]


def ensembles(taxonomy: Taxonomy) -> tuple[PromptEnsemble, ...]:
    """Every row of the prompt matrix, in order: filters, their single prompts, neutral descriptions, moderation."""
    by_style: dict[str | None, tuple[str, ...]] = {style.name: style.templates for style in taxonomy.styles}
    every = tuple(dict.fromkeys(template for style in taxonomy.styles for template in style.templates))
    by_style = {None: every, **by_style}
    result: list[PromptEnsemble] = []

    def add(row: PromptRow, phrases: Sequence[str], templates: Sequence[str]) -> None:
        texts = (canonicalize(template.replace("{}", phrase)) for phrase in phrases for template in templates)
        result.append(PromptEnsemble(row, tuple(dict.fromkeys(texts))))

    for entry in taxonomy.filters:
        whole = entry.category == STYLE_CATEGORY  # such prompts name the style themselves
        for style, templates in by_style.items():
            if not whole or style is None:
                row = PromptRow(kind="filter", name=entry.name, style=style)
                add(row, entry.prompts, ("{}",) if whole else templates)
        for prompt in entry.prompts:
            row = PromptRow(kind="prompt", name=entry.name, text=prompt)
            add(row, (prompt,), ("{}",) if whole else every)
    for description in taxonomy.neutral:
        for style, templates in by_style.items():
            row = PromptRow(kind="neutral", name=description, style=style, text=description)
            add(row, (description,), templates)
    for moderated in taxonomy.moderation:
        for description in moderated.descriptions:
            row = PromptRow(kind="moderation", name=moderated.name, text=description)
            add(row, (description,), every)
    return tuple(result)


def words(taxonomy: Taxonomy) -> set[str]:
    """Every word of these texts: what a tokenizer has to know to read them."""
    return {word for entry in ensembles(taxonomy) for text in entry.texts for word in text.split()}


def embed(
    text_tower: Any, tokenizer: PromptTokenizer, rows: Sequence[PromptEnsemble], *, shown: bool = False
) -> NDArray[np.float32]:
    """The prompt matrix (rows, embedding): normalised means of normalised text embeddings.

    A text that occurs in several rows is embedded once. `text_tower` is transformers' SiglipTextModel.
    """
    texts = tuple(dict.fromkeys(text for entry in rows for text in entry.texts))
    ids = torch.from_numpy(tokenizer.encode(texts))  # (texts, length)
    if ids.shape != (len(texts), tokenizer.length):
        raise AssertionError(f"token ids have shape {tuple(ids.shape)}")
    parts: list[NDArray[np.float64]] = []
    with progress.bar("embed prompts", len(texts), "text", shown=shown) as bar, torch.inference_mode():
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            pooled = text_tower(input_ids=batch).pooler_output  # (batch, embedding)
            parts.append(normalise(pooled.numpy().astype(np.float64)))
            bar.update(len(batch))
    embeddings = np.concatenate(parts)  # (texts, embedding)
    place = {text: index for index, text in enumerate(texts)}
    means = [embeddings[[place[text] for text in entry.texts]].mean(axis=0) for entry in rows]
    return normalise(np.stack(means)).astype(np.float32)


def normalise(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows at length 1."""
    lengths: NDArray[np.float64] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths
