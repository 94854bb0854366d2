"""What a caller may want to know beside a decision: which other filter the picture is nearest to."""

from __future__ import annotations

from collections.abc import Iterable

from functions.semantic.schemas.align import NearestFilter
from functions.semantic.scores import Score
from taxonomy import Taxonomy


def nearest(taxonomy: Taxonomy, scores: Iterable[Score], group: str | None = None) -> NearestFilter | None:
    """The most confident of these, only members of `group` where one is given; None where none has a confidence.

    Between equals the higher logit decides, then the name.
    """
    best: NearestFilter | None = None
    for score in scores:
        entry = taxonomy.filter(score.filter)
        if score.logit is None or score.raw is None or score.confidence is None:
            continue
        if group is not None and entry.group != group:
            continue
        found = NearestFilter(
            filter=entry.name, category=entry.category, logit=score.logit, raw=score.raw, confidence=score.confidence
        )
        if best is None or _order(found) < _order(best):
            best = found
    return best


def _order(one: NearestFilter) -> tuple[float, float, str]:
    return -one.confidence, -one.logit, one.filter
