"""The decisions about moderation classes: which count as seen, and whether a picture is safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.semantic import selection
from functions.semantic.detector import Detector
from functions.semantic.schemas.align import RejectionScore
from functions.semantic.schemas.moderate import DescriptionScore, ModerateOptions, ModerationResult, ModerationScore
from functions.semantic.schemas.scoring import MinorScore
from functions.semantic.scores import ClassScore, Embedding
from taxonomy import MINOR_CLASS, ModerationClass, Taxonomy


def minor_threshold(taxonomy: Taxonomy, chosen: float | None) -> float:
    """The operator's threshold for `minor`, else the taxonomy's."""
    own = next(entry.threshold for entry in taxonomy.moderation if entry.name == MINOR_CLASS)
    return chosen if chosen is not None else own or 0.0


@dataclass(frozen=True, slots=True)
class Moderation:
    """Turns scores of moderation classes into results; no request changes `minor_threshold`."""

    taxonomy: Taxonomy
    detector: Detector
    minor_threshold: float

    def judge(self, embedding: Embedding, options: ModerateOptions) -> ModerationResult:
        """The moderation classes, most probable first, and whether an unsafe one was seen."""
        known = {entry.name: entry for entry in self.taxonomy.moderation}
        classes = [
            self._class_score(score, known[score.name], options.threshold)
            for score in self.detector.moderate(embedding)
        ]
        classes.sort(key=lambda entry: (-_or_less(entry.probability), -_or_less(entry.confidence)))
        flags = {entry.flagged for entry in classes if entry.unsafe}
        is_safe = False if True in flags else None if None in flags else True
        return ModerationResult(classes=classes, is_safe=is_safe)

    def rejections(self, embedding: Embedding, names: Sequence[str]) -> list[RejectionScore]:
        """The classes that must not be seen, in the order of `names`. Raises InvalidRequest."""
        rejections = []
        for entry in selection.rejectable(self.taxonomy, names):
            confidence, threshold = self.detector.class_confidence(embedding, entry.name), self._threshold(entry)
            assert threshold is not None  # noqa: S101 - what can be rejected has one
            flagged = _reaches(confidence, threshold)
            rejections.append(
                RejectionScore(name=entry.name, confidence=confidence, threshold=threshold, flagged=flagged)
            )
        return rejections

    def minor(self, embedding: Embedding) -> MinorScore:
        """Whether the person may be a minor, for an answer about people."""
        confidence = self.detector.minor(embedding)
        threshold = self.minor_threshold
        return MinorScore(confidence=confidence, threshold=threshold, flagged=_reaches(confidence, threshold))

    def minor_beside(self, embedding: Embedding, names: Sequence[str]) -> MinorScore | None:
        """The same where one of these filters is about people, else None."""
        return self.minor(embedding) if selection.about_people(self.taxonomy, names) else None

    def _class_score(self, score: ClassScore, entry: ModerationClass, chosen: float | None) -> ModerationScore:
        may_choose = entry.unsafe and entry.name != MINOR_CLASS
        threshold = chosen if may_choose and chosen is not None else self._threshold(entry)
        return ModerationScore(
            name=entry.name,
            title=entry.title,
            unsafe=entry.unsafe,
            covered=score.confidence is not None,
            confidence=score.confidence,
            probability=score.probability,
            threshold=threshold,
            flagged=_reaches(score.confidence, threshold),
            descriptions=[
                DescriptionScore(description=one.text, logit=one.logit, raw=one.raw)
                for one in sorted(score.descriptions, key=lambda one: -one.logit)
            ],
        )

    def _threshold(self, entry: ModerationClass) -> float | None:
        """The threshold of the class where a request sets none."""
        return self.minor_threshold if entry.name == MINOR_CLASS else entry.threshold


def _reaches(confidence: float | None, threshold: float | None) -> bool | None:
    """Whether a class counts as seen; None, which is not safe, where there is nothing to tell it by."""
    return None if confidence is None or threshold is None else confidence >= threshold


def _or_less(share: float | None) -> float:
    """For sorting: what has no number comes after everything that has."""
    return -1.0 if share is None else share
