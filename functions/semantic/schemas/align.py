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
REQUESTED: Final = "filters the picture has to show, all of them; no categories"
THRESHOLD: Final = "least confidence of a requested filter that is there; default: the threshold in /info"
MAX_REJECTED: Final = 16
REJECT: Final = (
    "moderation classes that must not be seen, of those /moderate has a threshold for; one that the model does not "
    "cover is not taken to be absent. Default: none"
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
    """One prompt by itself, in the wording of all styles."""

    text: Annotated[str, Field(description="the prompt")]
    logit: Annotated[float, Field(description=LOGIT)]


class NearestFilter(Reply):
    """A filter that was not asked for. Never a sensitive one."""

    filter: Annotated[str, Field(description="its name in /filters")]
    category: Annotated[str, Field(description="that of the filter")]
    logit: Annotated[float, Field(description=LOGIT)]
    raw: Annotated[Confidence, Field(description=RAW)]
    confidence: Annotated[Confidence, Field(description="by the profile asked for")]


class RequestedScore(AttributeScore):
    """A requested filter's score, and what explains it."""

    prompt: Annotated[
        PromptScore | None, Field(description="the filter's prompt that fits the picture best; null where not covered")
    ]
    nearest_in_group: Annotated[
        NearestFilter | None,
        Field(description="for a missing filter: of those that exclude it, the most confident not asked for"),
    ]


class RejectionScore(Reply):
    """A moderation class that must not be seen, as /moderate scores it. Never 'absent' where it is not covered."""

    name: Annotated[str, Field(description="of the class")]
    confidence: Annotated[
        Confidence | None, Field(description="that of /moderate; null where the model does not cover the class")
    ]
    threshold: Annotated[Confidence, Field(description="that of /moderate: from it on the class counts as seen")]
    flagged: Annotated[bool | None, Field(description="whether it is seen; null where not covered")]


class AlignmentResult(Reply):
    """Whether the picture shows what was asked for."""

    is_aligned: Annotated[
        bool,
        Field(
            description="whether reasons is empty: all that was requested is there, where that is about people minor "
            "is not flagged, and no class of reject is seen; other moderation classes are /moderate's"
        ),
    ]
    alignment_score: Annotated[
        Confidence | None, Field(description="lowest confidence among the requested filters; null if one has none")
    ]
    matched_filters: Annotated[list[str], Field(description="names of the requested filters that are there")]
    missing_filters: Annotated[list[str], Field(description="names of those that are not, or have no confidence")]
    scores: Annotated[list[RequestedScore], Field(description="one for each requested filter, in the order asked")]
    nearest: Annotated[
        NearestFilter | None,
        Field(
            description="the most confident filter that was not asked for; about people only where the request is",
        ),
    ]
    minor: Annotated[MinorScore | None, Field(description="null when no requested filter is about people")]
    moderation: Annotated[
        list[RejectionScore] | None, Field(description="the classes of reject, in its order; null without it")
    ]
    reasons: Annotated[
        list[str],
        Field(
            description="why is_aligned is false: missing_filters, not_covered, not_fitted, minor, rejected (a class "
            "of reject is seen), rejection_not_covered (the model cannot tell one of them)"
        ),
    ]
    threshold: Annotated[float, Field(description="that the confidences were compared with, 0 to 1")]
    profile: Annotated[Profile, Field(description="by which logits became confidences")]


class AlignResponse(Envelope, AlignmentResult):
    """Answer of POST /align."""
