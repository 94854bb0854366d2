"""POST /moderate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, ImageSource, Reply, Request
from functions.semantic.schemas.scoring import LOGIT, RAW, Confidence


class ModerateOptions(Request):
    """POST /moderate takes nothing but the picture and a threshold."""

    threshold: Annotated[
        Confidence | None, Field(description="for the unsafe classes but minor, whose threshold is the operator's")
    ] = None


class ModerateRequest(ImageSource, ModerateOptions):
    """POST /moderate."""


class DescriptionScore(Reply):
    """One description of a moderation class."""

    description: Annotated[str, Field(description="the text the picture was compared with")]
    logit: Annotated[float, Field(description=LOGIT)]
    raw: Annotated[Confidence, Field(description=RAW)]


class ModerationScore(Reply):
    """One moderation class, with the descriptions behind it, strongest first."""

    name: Annotated[str, Field(description="of the class")]
    title: Annotated[str, Field(description="for people to read")]
    unsafe: Annotated[bool, Field(description="whether it makes is_safe false when it is flagged")]
    covered: Annotated[
        bool, Field(description="whether the model at hand was trained to tell it; scores are null where not")
    ]
    confidence: Annotated[
        Confidence | None, Field(description="that of its strongest description, by itself, against neutral wording")
    ]
    probability: Annotated[
        Confidence | None, Field(description="its descriptions' share among those of all covered classes; sums to 1")
    ]
    threshold: Annotated[
        float | None,
        Field(description="from which confidence on it is flagged, 0 to 1; null for a class that never is"),
    ]
    flagged: Annotated[bool | None, Field(description="null where it has no threshold or is not covered")]
    descriptions: Annotated[
        list[DescriptionScore], Field(description="its texts, the strongest first; empty where not covered")
    ]


class ModerationResult(Reply):
    """Classes, best first."""

    classes: Annotated[list[ModerationScore], Field(description="all of the taxonomy, the most probable first")]
    is_safe: Annotated[
        bool | None, Field(description="false once an unsafe class is flagged; null where the model does not cover one")
    ]


class ModerateResponse(Envelope, ModerationResult):
    """Answer of POST /moderate."""
