"""What the caller should know about an answer that is otherwise good: its warnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from functions.common.pictures import Notify
from functions.semantic.detector import Detector
from functions.semantic.schemas.classify import Mode
from functions.semantic.schemas.moderate import ModerationScore
from functions.semantic.schemas.scoring import MinorScore
from functions.semantic.scores import Profile
from functions.semantic.text_encoder import TextEmbedding
from taxonomy import MINOR_CLASS


def of_filters(notify: Notify, detector: Detector, names: Iterable[str], profile: Profile) -> None:
    """Filters without a score, or without a confidence. `names` has sensitive ones only where they were asked for."""
    distinct = list(dict.fromkeys(names))
    uncovered = [name for name in distinct if name not in detector.covers]
    if uncovered:
        notify("filter_not_covered", f"this model was not trained to recognise: {', '.join(uncovered)}")
    unfitted = [name for name in distinct if name in detector.covers and name not in detector.fitted]
    if profile == "fitted" and unfitted:
        notify(
            "filter_not_fitted",
            f"{len(unfitted)} of {len(distinct)} filters without a fit have no confidence and never count as shown: "
            + ", ".join(unfitted),
        )


def of_minor(notify: Notify, detector: Detector, minor: MinorScore | None) -> None:
    """`minor` was to be scored and cannot be."""
    if minor is not None and MINOR_CLASS not in detector.covers:
        notify("minor_not_covered", "this model cannot recognise minors; null does not mean safe")


def of_classes(notify: Notify, classes: Iterable[ModerationScore]) -> None:
    """Moderation classes without a score."""
    _uncovered(notify, [entry.name for entry in classes if not entry.covered])


def of_rejected(notify: Notify, detector: Detector, names: Iterable[str] | None) -> None:
    """Classes that must not be seen, and would not be."""
    _uncovered(notify, [name for name in names or () if name not in detector.covers])


def _uncovered(notify: Notify, classes: Sequence[str]) -> None:
    if classes:
        notify("class_not_covered", f"this model was not trained to recognise: {', '.join(classes)}")


def of_labels(notify: Notify, labels: Sequence[TextEmbedding], mode: Mode) -> None:
    """Labels of which the model has read a part; and one that nothing is compared with."""
    cut = [f"labels[{index}]" for index, label in enumerate(labels) if label.truncated]
    if cut:
        notify("label_truncated", f"longer than the model reads, so cut short: {', '.join(cut)}")
    if mode == "exclusive" and len(labels) == 1:
        notify(
            "single_label",
            "a single label always has a confidence of 1, whatever the picture shows; send alternatives with it, or "
            "use /classify in mode independent",
        )
