"""From one image embedding to scores: pure arithmetic over the artifact's prompt matrix.

`logit` = exp(logit_scale) * cosine + logit_bias and `raw` = sigmoid(logit), as SigLIP defines them (Zhai et al. 2023,
"Sigmoid Loss for Language Image Pre-Training"). A profile turns logits into confidences:

- `raw`: sigmoid(logit).
- `contrast`: sigmoid((logit - logmeanexp(neutral logits)) / T). Filters that exclude each other share a softmax of
  logit / T that neutral takes part in; a group of one is the same formula.
- `fitted`: sigmoid(slope * logit + intercept), Platt's parameters of the artifact; the only calibrated one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.common.sigmoid import sigmoid
from functions.semantic.manifest import Scoring
from functions.semantic.prompts import PromptRow
from taxonomy import MINOR_CLASS, STYLE_CATEGORY, Taxonomy

Entry = TypeVar("Entry")
Profile: TypeAlias = Literal["raw", "contrast", "fitted"]
Embedding: TypeAlias = NDArray[np.float32]  # (embedding,), unit length


class DetectorError(Exception):
    """The artifact's prompts do not fit the taxonomy."""


@dataclass(frozen=True, slots=True)
class Score:
    """One filter's score; all three None where the model does not cover the filter."""

    filter: str
    logit: float | None
    raw: float | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class TextLogit:
    """One text by itself: a prompt of a filter, or a description of a moderation class."""

    text: str
    logit: float
    raw: float


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One moderation class; None and empty where the model does not cover it."""

    name: str
    confidence: float | None
    probability: float | None
    descriptions: tuple[TextLogit, ...]


@dataclass(frozen=True, slots=True)
class LabelConfidence:
    """One open label's score."""

    logit: float
    raw: float
    confidence: float


class Detector:
    """Scores filters for image embeddings. Immutable; safe to share between threads."""

    def __init__(
        self,
        matrix: NDArray[np.float32],  # (rows, embedding), unit rows
        rows: Sequence[PromptRow],
        taxonomy: Taxonomy,
        scoring: Scoring,
        covers: Iterable[str] | None,
    ) -> None:
        self._matrix = matrix.astype(np.float64)
        self._taxonomy = taxonomy
        self._scoring = scoring
        known = [entry.name for entry in taxonomy.filters] + [entry.name for entry in taxonomy.moderation]
        self.covers = frozenset(known if covers is None else covers)
        self._filters = {(row.name, row.style): index for index, row in enumerate(rows) if row.kind == "filter"}
        self._neutral = _grouped((row.style, index) for index, row in enumerate(rows) if row.kind == "neutral")
        self._prompts, self._moderation = (
            _grouped((row.name, (row.text or "", index)) for index, row in enumerate(rows) if row.kind == kind)
            for kind in ("prompt", "moderation")
        )
        names = [entry.name for entry in taxonomy.filters]
        foreign = sorted(set(scoring.fitted or ()) - set(names))
        if foreign:
            raise DetectorError(f"the artifact has fits for filters there are none of: {', '.join(foreign)}")
        missing = [name for name in names if (name, None) not in self._filters]
        missing += [name for name in names if name in self.covers and name not in self._prompts]
        missing += [
            entry.name
            for entry in taxonomy.moderation
            if entry.name in self.covers and entry.name not in self._moderation
        ]
        if missing or not self._neutral.get(None):
            named = ", ".join(dict.fromkeys(missing)) or "the neutral descriptions"
            raise DetectorError(f"the artifact has no prompts for: {named}")

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles this artifact can answer with."""
        return ("raw", "contrast", "fitted") if self._scoring.fitted else ("raw", "contrast")

    @property
    def fitted(self) -> frozenset[str]:
        """The filters the profile `fitted` has parameters for."""
        return frozenset(self._scoring.fitted or ())

    def score(
        self, embedding: Embedding, names: Sequence[str], *, profile: Profile = "contrast", style: str | None = None
    ) -> list[Score]:
        """Scores of the filters `names`, in that order.

        Only these filters and the members of their exclusive groups are looked at; what else is asked for does not move
        a filter's score. A name outside the taxonomy raises KeyError; a profile the artifact does not have raises
        DetectorError.
        """
        if profile not in self.profiles:
            raise DetectorError(f"the artifact has no {profile} profile")
        covered = [name for name in names if name in self.covers]
        logits = self._filter_logits(embedding, self._with_groups(covered), style)
        confidences = self._confidences(embedding, logits, profile, style)
        scores = []
        for name in names:
            logit = logits.get(self._taxonomy.filter(name).name)
            if logit is None:
                scores.append(Score(name, None, None, None))
            else:
                scores.append(Score(name, logit, sigmoid(logit), confidences.get(name)))
        return scores

    def spoke(self, embedding: Embedding, names: Sequence[str]) -> list[TextLogit | None]:
        """Of each filter's prompts the one that fits the picture best, worded in all styles; None where not covered."""
        covered = {name: self._prompts[name] for name in names if name in self.covers}
        logits = self._logits(embedding, [index for prompts in covered.values() for _, index in prompts])
        best: dict[str, TextLogit] = {}
        start = 0
        for name, prompts in covered.items():
            own = logits[start : start + len(prompts)]
            start += len(prompts)
            strongest = int(own.argmax())
            logit = float(own[strongest])
            best[name] = TextLogit(prompts[strongest][0], logit, sigmoid(logit))
        return [best.get(name) for name in names]

    def minor(self, embedding: Embedding) -> float | None:
        """Confidence of the class `minor`, as `moderate` gives it; None where it is not covered."""
        if MINOR_CLASS not in self.covers:
            return None
        logits = self._logits(embedding, self._rows_of(MINOR_CLASS))
        return self._strongest(logits, self._neutral_level(embedding, None))

    def moderate(self, embedding: Embedding) -> list[ClassScore]:
        """Scores of all moderation classes, in the taxonomy's order.

        A class's confidence is the contrast of its strongest description, for itself alone. Its probability is its
        descriptions' part of a softmax over the logits of those of all covered classes.
        """
        neutral = self._neutral_level(embedding, None)
        logits = {
            entry.name: self._logits(embedding, self._rows_of(entry.name))
            for entry in self._taxonomy.moderation
            if entry.name in self.covers
        }
        highest = max((float(values.max()) for values in logits.values()), default=0.0)
        weights = {name: float(np.exp(values - highest).sum()) for name, values in logits.items()}
        total = sum(weights.values())
        return [
            ClassScore(
                entry.name,
                confidence=self._strongest(logits[entry.name], neutral),
                probability=weights[entry.name] / total,
                descriptions=_texts(self._moderation[entry.name], logits[entry.name]),
            )
            if entry.name in logits
            else ClassScore(entry.name, confidence=None, probability=None, descriptions=())
            for entry in self._taxonomy.moderation
        ]

    def classify(self, embedding: Embedding, labels: Sequence[Embedding]) -> list[LabelConfidence]:
        """Scores of open labels of which one is right, in their order: confidences are a softmax of logits."""
        logits = self._label_logits(embedding, labels)
        highest = max(logits)
        weights = [math.exp(logit - highest) for logit in logits]
        # Rounded once, so that the order of the labels changes nothing.
        total = math.fsum(weights)
        return [
            LabelConfidence(logit, sigmoid(logit), weight / total)
            for logit, weight in zip(logits, weights, strict=True)
        ]

    def judge(
        self, embedding: Embedding, labels: Sequence[Embedding], profile: Literal["raw", "contrast"]
    ) -> list[LabelConfidence]:
        """Scores of open labels, each for itself, in their order; a contrast is with the descriptions of no style."""
        neutral, temperature = self._neutral_level(embedding, None), self._scoring.temperature
        return [
            LabelConfidence(
                logit, sigmoid(logit), sigmoid(logit if profile == "raw" else (logit - neutral) / temperature)
            )
            for logit in self._label_logits(embedding, labels)
        ]

    def _label_logits(self, embedding: Embedding, labels: Sequence[Embedding]) -> list[float]:
        return list(map(float, self._logits_of(np.stack(labels).astype(np.float64), embedding)))

    def _rows_of(self, moderation_class: str) -> list[int]:
        return [index for _, index in self._moderation[moderation_class]]

    def _strongest(self, logits: NDArray[np.float64], neutral: float) -> float:
        return sigmoid((float(logits.max()) - neutral) / self._scoring.temperature)

    def _with_groups(self, names: Iterable[str]) -> list[str]:
        wanted = set(names)
        groups = {self._taxonomy.filter(name).group for name in wanted} - {None}
        # In the taxonomy's order, not the request's: the order of a group's members decides how its sum is rounded.
        return [
            entry.name
            for entry in self._taxonomy.filters
            if entry.name in wanted or (entry.group in groups and entry.name in self.covers)
        ]

    def _filter_logits(self, embedding: Embedding, names: Sequence[str], style: str | None) -> dict[str, float]:
        rows = [self._filters.get((name, style), self._filters[name, None]) for name in names]
        return dict(zip(names, map(float, self._logits(embedding, rows)), strict=True))

    def _confidences(
        self, embedding: Embedding, logits: Mapping[str, float], profile: Profile, style: str | None
    ) -> dict[str, float]:
        if profile == "raw":
            return {name: sigmoid(logit) for name, logit in logits.items()}
        if profile == "fitted":
            fitted = self._scoring.fitted or {}
            return {
                name: sigmoid(fitted[name][0] * logit + fitted[name][1])
                for name, logit in logits.items()
                if name in fitted
            }
        temperature = self._scoring.temperature
        groups: dict[str, list[str]] = defaultdict(list)
        for name in logits:
            groups[self._taxonomy.filter(name).group or f"only {name}"].append(name)
        neutral = {one: self._neutral_level(embedding, one) for one in (None, style)}
        confidences: dict[str, float] = {}
        for members in groups.values():
            # A style's own templates would contain the answer, so styles are compared with neutral in no style.
            is_style = self._taxonomy.filter(members[0]).category == STYLE_CATEGORY
            levels = [neutral[None if is_style else style], *(logits[name] for name in members)]
            highest = max(levels)
            weights = [math.exp((level - highest) / temperature) for level in levels]
            total = math.fsum(weights)
            confidences |= {name: weight / total for name, weight in zip(members, weights[1:], strict=True)}
        return confidences

    def _neutral_level(self, embedding: Embedding, style: str | None) -> float:
        logits = self._logits(embedding, self._neutral.get(style) or self._neutral[None])
        return float(np.logaddexp.reduce(logits) - np.log(len(logits)))

    def _logits(self, embedding: Embedding, rows: Sequence[int]) -> NDArray[np.float64]:
        return self._logits_of(self._matrix[rows], embedding)

    def _logits_of(self, vectors: NDArray[np.float64], embedding: Embedding) -> NDArray[np.float64]:
        # Row by row rather than one matrix product: a filter's score must not depend on what else is asked for.
        cosines = (vectors * embedding.astype(np.float64)).sum(axis=1)
        return np.asarray(np.exp(self._scoring.logit_scale) * cosines + self._scoring.logit_bias)


def _grouped(pairs: Iterable[tuple[str | None, Entry]]) -> dict[str | None, list[Entry]]:
    groups: dict[str | None, list[Entry]] = defaultdict(list)
    for key, entry in pairs:
        groups[key].append(entry)
    return dict(groups)


def _texts(of: Sequence[tuple[str, int]], logits: Iterable[float]) -> tuple[TextLogit, ...]:
    found = zip((text for text, _ in of), map(float, logits), strict=True)
    return tuple(TextLogit(text, logit, sigmoid(logit)) for text, logit in found)
