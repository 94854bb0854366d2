"""Logits of an image embedding with the artifact's prompts: exp(logit_scale) * cosine + logit_bias, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.common.sigmoid import sigmoid
from functions.semantic.manifest import Scoring
from functions.semantic.prompts import PromptRow
from functions.semantic.scores import Embedding, TextLogit
from taxonomy import Taxonomy

Key = TypeVar("Key")
Entry = TypeVar("Entry")


class PromptLogits:
    """The prompt matrix, by what its rows stand for. Immutable; safe to share between threads."""

    def __init__(
        self,
        matrix: NDArray[np.float32],  # (rows, embedding), unit rows
        rows: Sequence[PromptRow],
        scoring: Scoring,
    ) -> None:
        self._matrix = matrix.astype(np.float64)
        self._factor, self._bias = np.exp(scoring.logit_scale), scoring.logit_bias
        self._filters = {(row.name, row.style): index for index, row in enumerate(rows) if row.kind == "filter"}
        self._neutral = _grouped((row.style, index) for index, row in enumerate(rows) if row.kind == "neutral")
        self._prompts, self._classes = (
            _grouped((row.name, (row.text or "", index)) for index, row in enumerate(rows) if row.kind == kind)
            for kind in ("prompt", "moderation")
        )

    def missing(self, taxonomy: Taxonomy, covers: Container[str]) -> list[str]:
        """What the taxonomy has and these rows do not, each named once."""
        filters = [entry.name for entry in taxonomy.filters]
        missing = [name for name in filters if (name, None) not in self._filters]
        missing += [name for name in filters if name in covers and name not in self._prompts]
        missing += [
            entry.name for entry in taxonomy.moderation if entry.name in covers and entry.name not in self._classes
        ]
        if not missing and None not in self._neutral:
            missing = ["the neutral descriptions"]
        return list(dict.fromkeys(missing))

    def filters(self, embedding: Embedding, names: Sequence[str], style: str | None) -> dict[str, float]:
        """Of each filter, worded for `style` where it has such a row."""
        rows = [self._filters.get((name, style), self._filters[name, None]) for name in names]
        return dict(zip(names, map(float, self._of_rows(embedding, rows)), strict=True))

    def neutral(self, embedding: Embedding, style: str | None) -> float:
        """logmeanexp of the neutral descriptions, worded for `style` where they are."""
        logits = self._of_rows(embedding, self._neutral.get(style) or self._neutral[None])
        return float(np.logaddexp.reduce(logits) - np.log(len(logits)))

    def prompts(self, embedding: Embedding, name: str) -> tuple[TextLogit, ...]:
        """Of each of a filter's prompts, worded in all styles."""
        return self._texts(embedding, self._prompts[name])

    def descriptions(self, embedding: Embedding, name: str) -> tuple[TextLogit, ...]:
        """Of each description of a moderation class, worded in all styles."""
        return self._texts(embedding, self._classes[name])

    def labels(self, embedding: Embedding, labels: Sequence[Embedding]) -> list[float]:
        """Of vectors that are no prompts."""
        return list(map(float, self._of(embedding, np.stack(labels).astype(np.float64))))

    def _texts(self, embedding: Embedding, texts: Sequence[tuple[str, int]]) -> tuple[TextLogit, ...]:
        logits = map(float, self._of_rows(embedding, [index for _, index in texts]))
        return tuple(TextLogit(text, logit, sigmoid(logit)) for (text, _), logit in zip(texts, logits, strict=True))

    def _of_rows(self, embedding: Embedding, rows: Sequence[int]) -> NDArray[np.float64]:
        return self._of(embedding, self._matrix[rows])

    def _of(self, embedding: Embedding, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        # Row by row rather than one matrix product: a filter's score must not depend on what else is asked for.
        cosines = (vectors * embedding.astype(np.float64)).sum(axis=1)
        return np.asarray(self._factor * cosines + self._bias)


def _grouped(pairs: Iterable[tuple[Key, Entry]]) -> dict[Key, list[Entry]]:
    groups: dict[Key, list[Entry]] = defaultdict(list)
    for key, entry in pairs:
        groups[key].append(entry)
    return dict(groups)
