"""POST /detect."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, ImageSource, Reply
from functions.semantic.schemas.scoring import AttributeScore, Confidence, MinorScore, Name, ScoringOptions
from functions.semantic.scores import Profile


class DetectOptions(ScoringOptions):
    """Which filters to look for, and what to report."""

    min_confidence: Annotated[
        Confidence | None,
        Field(description="filters below this confidence are left out; default: thresholds.detection in /info"),
    ] = None
    max_results: Annotated[
        int | None, Field(ge=1, le=1000, description="report at most this many, the most confident; default: all")
    ] = None
    include: Annotated[
        list[Name] | None,
        Field(
            min_length=1,
            max_length=256,
            description="filters or categories to look for; default: all but the sensitive ones, which must be named",
        ),
    ] = None
    exclude: Annotated[
        list[Name] | None,
        Field(min_length=1, max_length=256, description="filters or categories to leave out; default: none"),
    ] = None


class DetectRequest(ImageSource, DetectOptions):
    """POST /detect."""


class DetectResult(Reply):
    """Filters found, best first."""

    attributes: Annotated[
        list[AttributeScore], Field(description="filters that reach min_confidence, the most confident first")
    ]
    minor: Annotated[MinorScore | None, Field(description="null if no filter about people was scored")]
    profile: Annotated[Profile, Field(description="how logits became confidences")]


class DetectResponse(Envelope, DetectResult):
    """Answer of POST /detect."""
