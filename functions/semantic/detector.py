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
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from functions.common.sigmoid import sigmoid
from functions.semantic.manifest import Scoring
from functions.semantic.prompt_logits import PromptLogits
from functions.semantic.prompts import PromptRow
from functions.semantic.scores import ClassScore, Embedding, LabelConfidence, Profile, Score, TextLogit
from taxonomy import MINOR_CLASS, STYLE_CATEGORY, Taxonomy


class DetectorError(Exception):
    """The artifact's prompts do not fit the taxonomy."""


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
        self._taxonomy = taxonomy
        self._scoring = scoring
        self._logits = PromptLogits(matrix, rows, scoring)
        known = [entry.name for entry in taxonomy.filters] + [entry.name for entry in taxonomy.moderation]
        self.covers = frozenset(known if covers is None else covers)
        foreign = sorted(self.fitted - {entry.name for entry in taxonomy.filters})
        if foreign:
            raise DetectorError(f"the artifact has fits for filters there are none of: {', '.join(foreign)}")
        if missing := self._logits.missing(taxonomy, self.covers):
            raise DetectorError(f"the artifact has no prompts for: {', '.join(missing)}")

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
        logits = self._logits.filters(embedding, self._with_groups(names), style)
        confidences = self._confidences(embedding, logits, profile, style)
        return [
            Score(name, logits[name], sigmoid(logits[name]), confidences.get(name))
            if name in logits
            else Score(name, None, None, None)
            for name in names
        ]

    def best_prompts(self, embedding: Embedding, names: Sequence[str]) -> list[TextLogit | None]:
        """Of each filter's prompts the one that fits the picture best, worded in all styles; None where not covered."""
        return [
            max(self._logits.prompts(embedding, name), key=_logit) if name in self.covers else None for name in names
        ]

    def minor(self, embedding: Embedding) -> float | None:
        """Confidence of the class `minor`, as `moderate` gives it; None where it is not covered."""
        return self.class_confidence(embedding, MINOR_CLASS)

    def class_confidence(self, embedding: Embedding, name: str) -> float | None:
        """Confidence of one moderation class, as `moderate` gives it; None where it is not covered."""
        if name not in self.covers:
            return None
        return self._strongest(self._logits.descriptions(embedding, name), self._logits.neutral(embedding, None))

    def moderate(self, embedding: Embedding) -> list[ClassScore]:
        """Scores of all moderation classes, in the taxonomy's order.

        A class's confidence is the contrast of its strongest description, for itself alone. Its probability is its
        descriptions' part of a softmax over the logits of those of all covered classes.
        """
        neutral = self._logits.neutral(embedding, None)
        described = {
            entry.name: self._logits.descriptions(embedding, entry.name)
            for entry in self._taxonomy.moderation
            if entry.name in self.covers
        }
        highest = max((one.logit for texts in described.values() for one in texts), default=0.0)
        weights = {name: [math.exp(one.logit - highest) for one in texts] for name, texts in described.items()}
        total = math.fsum(weight for own in weights.values() for weight in own)
        return [
            ClassScore(
                entry.name,
                confidence=self._strongest(described[entry.name], neutral),
                probability=math.fsum(weights[entry.name]) / total,
                descriptions=described[entry.name],
            )
            if entry.name in described
            else ClassScore(entry.name, confidence=None, probability=None, descriptions=())
            for entry in self._taxonomy.moderation
        ]

    def classify_exclusive(self, embedding: Embedding, labels: Sequence[Embedding]) -> list[LabelConfidence]:
        """Scores of open labels of which one is right, in their order: confidences are a softmax of logits."""
        logits = self._logits.labels(embedding, labels)
        return [
            LabelConfidence(logit, sigmoid(logit), share) for logit, share in zip(logits, _softmax(logits), strict=True)
        ]

    def classify_independent(
        self, embedding: Embedding, labels: Sequence[Embedding], profile: Literal["raw", "contrast"]
    ) -> list[LabelConfidence]:
        """Scores of open labels, each for itself, in their order; a contrast is with the descriptions of no style."""
        neutral = self._logits.neutral(embedding, None)
        logits = self._logits.labels(embedding, labels)
        raw = [sigmoid(logit) for logit in logits]
        confidences = raw if profile == "raw" else [self._contrast(logit, neutral) for logit in logits]
        return [LabelConfidence(*score) for score in zip(logits, raw, confidences, strict=True)]

    def _contrast(self, logit: float, neutral: float) -> float:
        return sigmoid((logit - neutral) / self._scoring.temperature)

    def _strongest(self, descriptions: Sequence[TextLogit], neutral: float) -> float:
        return self._contrast(max(map(_logit, descriptions)), neutral)

    def _with_groups(self, names: Iterable[str]) -> list[str]:
        """The covered ones of these filters, and the covered filters that exclude them."""
        wanted = {entry for entry in map(self._taxonomy.filter, names) if entry.name in self.covers}
        groups = {entry.group for entry in wanted} - {None}
        # In the taxonomy's order, not the request's: the order of a group's members decides how its sum is rounded.
        return [
            entry.name
            for entry in self._taxonomy.filters
            if entry in wanted or (entry.group in groups and entry.name in self.covers)
        ]

    def _confidences(
        self, embedding: Embedding, logits: Mapping[str, float], profile: Profile, style: str | None
    ) -> dict[str, float]:
        if profile == "raw":
            return {name: sigmoid(logit) for name, logit in logits.items()}
        if profile == "fitted":
            fits = self._scoring.fitted or {}
            return {
                name: sigmoid(fits[name][0] * logit + fits[name][1]) for name, logit in logits.items() if name in fits
            }
        groups: dict[str, list[str]] = defaultdict(list)
        for name in logits:
            groups[self._taxonomy.filter(name).group or f"only {name}"].append(name)
        neutral = {one: self._logits.neutral(embedding, one) for one in (None, style)}
        confidences: dict[str, float] = {}
        for members in groups.values():
            # A style's own templates would contain the answer, so styles are compared with neutral in no style.
            is_style = self._taxonomy.filter(members[0]).category == STYLE_CATEGORY
            levels = [neutral[None if is_style else style], *(logits[name] for name in members)]
            _, *shares = _softmax(levels, self._scoring.temperature)
            confidences |= dict(zip(members, shares, strict=True))
        return confidences


def _logit(text: TextLogit) -> float:
    return text.logit


def _softmax(logits: Sequence[float], temperature: float = 1.0) -> list[float]:
    highest = max(logits)
    weights = [math.exp((logit - highest) / temperature) for logit in logits]
    # Rounded once, so that the order of what is asked for changes nothing.
    total = math.fsum(weights)
    return [weight / total for weight in weights]
