"""The decisions: which attributes count as seen, and whether a picture shows what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from functions.common.errors import InvalidRequest
from functions.common.expectations import either
from functions.semantic import explanation, selection
from functions.semantic.detector import Detector
from functions.semantic.moderation import Moderation
from functions.semantic.schemas.align import (
    AlignmentResult,
    AlignOptions,
    PromptScore,
    RequestedScore,
)
from functions.semantic.schemas.classify import ClassifyOptions, LabelScore
from functions.semantic.schemas.detect import DetectOptions, DetectResult
from functions.semantic.schemas.scoring import AttributeScore, ScoringOptions
from functions.semantic.scores import Embedding, Score, TextLogit
from taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class DecisionThresholds:
    """Confidences from which something counts as seen."""

    detection: float
    alignment: float
    minor: float


class _AttributeFields(TypedDict):
    """The fields of AttributeScore."""

    filter: str
    category: str
    covered: bool
    logit: float | None
    raw: float | None
    confidence: float | None
    threshold: float


@dataclass(frozen=True, slots=True)
class Gate:
    """Turns scores into results, by the taxonomy's rules and this deployment's thresholds."""

    taxonomy: Taxonomy
    detector: Detector
    thresholds: DecisionThresholds

    @property
    def moderation(self) -> Moderation:
        """The decisions about moderation classes."""
        return Moderation(self.taxonomy, self.detector, self.thresholds.minor)

    def selected(self, options: DetectOptions) -> tuple[str, ...]:
        """The filters a detection looks at. Raises UnknownFilter, and InvalidRequest for a profile there is none of."""
        self._check_profile(options)
        return selection.detectable(self.taxonomy, options.include, options.exclude, self.detector.covers)

    def requested(self, options: AlignOptions) -> tuple[str, ...]:
        """The filters an alignment is about.

        Raises as `selected` does, and InvalidRequest for duplicates and for what cannot be rejected.
        """
        self._check_profile(options)
        selection.rejectable(self.taxonomy, options.reject or ())
        return selection.named(self.taxonomy, options.requested_filters, "requested_filters")

    def detect(self, embedding: Embedding, names: Sequence[str], options: DetectOptions) -> DetectResult:
        """What the picture shows, best first."""
        threshold = self.thresholds.detection if options.min_confidence is None else options.min_confidence
        scores = self.detector.score(embedding, names, profile=options.profile, style=options.style)
        seen = [score for score in scores if score.confidence is not None and score.confidence >= threshold]
        # Confidences saturate, logits do not.
        seen.sort(key=lambda score: (-(score.confidence or 0.0), -(score.logit or 0.0), score.filter))
        return DetectResult(
            attributes=[self._attribute(score, threshold) for score in seen[: options.max_results]],
            minor=self.moderation.minor_beside(embedding, names),
            profile=options.profile,
        )

    def align(self, embedding: Embedding, names: Sequence[str], options: AlignOptions) -> AlignmentResult:
        """Whether everything asked for is there, and nothing unsafe; and what explains it."""
        threshold = self.thresholds.alignment if options.threshold is None else options.threshold
        others = selection.unrequested(self.taxonomy, names, self.detector.covers)
        found = self.detector.score(embedding, (*names, *others), profile=options.profile, style=options.style)
        scores, rest = found[: len(names)], found[len(names) :]
        prompts = self.detector.best_prompts(embedding, names)
        confidences = [score.confidence for score in scores]
        known = [confidence for confidence in confidences if confidence is not None]
        missing = [score.filter for score in scores if score.confidence is None or score.confidence < threshold]
        minor = self.moderation.minor_beside(embedding, names)
        rejections = self.moderation.rejections(embedding, options.reject or ())
        reasons = {
            "missing_filters": bool(missing),
            "not_covered": any(score.logit is None for score in scores),
            "not_fitted": any(score.logit is not None and score.confidence is None for score in scores),
            "minor": minor is not None and bool(minor.flagged),
            "rejected": any(one.flagged for one in rejections),
            "rejection_not_covered": any(one.flagged is None for one in rejections),
        }
        return AlignmentResult(
            is_aligned=not any(reasons.values()),
            alignment_score=min(known) if len(known) == len(confidences) else None,
            matched_filters=[score.filter for score in scores if score.filter not in missing],
            missing_filters=missing,
            scores=[
                self._requested(score, threshold, prompt, rest if score.filter in missing else ())
                for score, prompt in zip(scores, prompts, strict=True)
            ],
            nearest=explanation.nearest(self.taxonomy, rest),
            minor=minor,
            moderation=None if options.reject is None else rejections,
            reasons=[reason for reason, holds in reasons.items() if holds],
            threshold=threshold,
            profile=options.profile,
        )

    def classify(self, embedding: Embedding, labels: Sequence[Embedding], options: ClassifyOptions) -> list[LabelScore]:
        """Scores of the options' labels, in their order; `labels` are their embeddings."""
        if options.mode == "exclusive":
            scores = self.detector.classify_exclusive(embedding, labels)
        else:
            scores = self.detector.classify_independent(embedding, labels, options.profile or "contrast")
        return [
            LabelScore(label=label, logit=score.logit, raw=score.raw, confidence=score.confidence)
            for label, score in zip(options.labels, scores, strict=True)
        ]

    def _attribute(self, score: Score, threshold: float) -> AttributeScore:
        return AttributeScore(**self._fields(score, threshold))

    def _fields(self, score: Score, threshold: float) -> _AttributeFields:
        return {
            "filter": score.filter,
            "category": self.taxonomy.filter(score.filter).category,
            "covered": score.filter in self.detector.covers,
            "logit": score.logit,
            "raw": score.raw,
            "confidence": score.confidence,
            "threshold": threshold,
        }

    def _requested(
        self, score: Score, threshold: float, prompt: TextLogit | None, instead: Sequence[Score]
    ) -> RequestedScore:
        group = self.taxonomy.filter(score.filter).group
        return RequestedScore(
            **self._fields(score, threshold),
            prompt=None if prompt is None else PromptScore(text=prompt.text, logit=prompt.logit),
            nearest_in_group=None if group is None else explanation.nearest(self.taxonomy, instead, group),
        )

    def _check_profile(self, options: ScoringOptions) -> None:
        profiles = self.detector.profiles
        if options.profile not in profiles:
            raise InvalidRequest(f"with this model, profile must be {either(profiles)}", pointer="/profile")
