"""POST /align."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from functions.common.wire import Envelope, ImageSource, Reply
from functions.semantic.schemas.scoring import (
    LOGIT,
    RAW,
    AttributeScore,
    Confidence,
    MinorScore,
    Name,
    ScoringOptions,
)
from functions.semantic.scores import Profile

MAX_REQUESTED_FILTERS: Final = 64
REQUESTED: Final = "filters that the picture must show, every one of them; categories are not accepted"
THRESHOLD: Final = "confidence from which a requested filter counts as shown; default: thresholds.alignment in /info"
MAX_REJECTED: Final = 16
REJECT: Final = (
    "moderation classes that the picture must not show, out of those with a threshold in /moderate; a class that the "
    "model does not cover is never taken to be absent; default: none"
)
Reject = Annotated[list[Name] | None, Field(min_length=1, max_length=MAX_REJECTED, description=REJECT)]


class AlignOptions(ScoringOptions):
    """What the picture was asked to show, and what it must not."""

    requested_filters: Annotated[
        list[Name],
        Field(
            min_length=1, max_length=MAX_REQUESTED_FILTERS, description=REQUESTED, examples=[["purple_hair", "hoodie"]]
        ),
    ]
    threshold: Annotated[Confidence | None, Field(description=THRESHOLD)] = None
    reject: Reject = None


class AlignRequest(ImageSource, AlignOptions):
    """POST /align."""


class PromptScore(Reply):
    """One prompt on its own, worded for all styles."""

    text: Annotated[str, Field(description="the prompt")]
    logit: Annotated[float, Field(description=LOGIT)]


class NearestFilter(Reply):
    """A filter that was not requested; never a sensitive one."""

    filter: Annotated[str, Field(description="the filter's name, as in /filters")]
    category: Annotated[str, Field(description="the filter's category")]
    logit: Annotated[float, Field(description=LOGIT)]
    raw: Annotated[Confidence, Field(description=RAW)]
    confidence: Annotated[Confidence, Field(description="under the requested profile")]


class RequestedScore(AttributeScore):
    """A requested filter's score, and what explains it."""

    prompt: Annotated[
        PromptScore | None, Field(description="the filter's prompt that fits the picture best; null if not covered")
    ]
    nearest_in_group: Annotated[
        NearestFilter | None,
        Field(
            description="if the filter is missing: the most confident of its group that was not requested; else null"
        ),
    ]


class RejectionScore(Reply):
    """A moderation class that the picture must not show, scored as in /moderate."""

    name: Annotated[str, Field(description="the class's name")]
    confidence: Annotated[
        Confidence | None, Field(description="as in /moderate; null if the model does not cover the class")
    ]
    threshold: Annotated[Confidence, Field(description="as in /moderate: the class is flagged from this confidence on")]
    flagged: Annotated[
        bool | None,
        Field(description="whether confidence reaches threshold; null if not covered, which does not mean absent"),
    ]


class AlignmentResult(Reply):
    """Whether the picture shows what was asked for."""

    is_aligned: Annotated[
        bool,
        Field(
            description="true if reasons is empty: the picture shows every requested filter and no class in reject, "
            "and minor is not flagged. Other moderation classes have no influence; see /moderate"
        ),
    ]
    alignment_score: Annotated[
        Confidence | None, Field(description="the lowest confidence among the requested filters; null if one has none")
    ]
    matched_filters: Annotated[list[str], Field(description="requested filters that the picture shows")]
    missing_filters: Annotated[
        list[str], Field(description="requested filters that it does not show, or that have no confidence")
    ]
    scores: Annotated[list[RequestedScore], Field(description="one for each requested filter, in the order requested")]
    nearest: Annotated[
        NearestFilter | None,
        Field(
            description="the most confident filter that was not requested; about people only if the request is",
        ),
    ]
    minor: Annotated[MinorScore | None, Field(description="null if no requested filter is about people")]
    moderation: Annotated[
        list[RejectionScore] | None, Field(description="the classes in reject, in the same order; null without reject")
    ]
    reasons: Annotated[
        list[str],
        Field(
            description="why is_aligned is false: missing_filters, not_covered, not_fitted, minor, rejected (a class "
            "in reject is flagged) or rejection_not_covered (the model does not cover a class in reject)"
        ),
    ]
    threshold: Annotated[float, Field(description="confidence from which a requested filter counts as shown, 0 to 1")]
    profile: Annotated[Profile, Field(description="how logits became confidences")]


class AlignResponse(Envelope, AlignmentResult):
    """Answer of POST /align."""
