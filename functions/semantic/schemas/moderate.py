"""POST /moderate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, ImageSource, Reply, Request
from functions.semantic.schemas.scoring import Confidence


class ModerateOptions(Request):
    """POST /moderate takes nothing but the picture and a threshold."""

    threshold: Annotated[
        Confidence | None, Field(description="for the unsafe classes but minor, whose threshold is the operator's")
    ] = None


class ModerateRequest(ImageSource, ModerateOptions):
    """POST /moderate."""


class DescriptionScore(Reply):
    """One description of a moderation class."""

    description: str
    logit: float
    raw: Confidence


class ModerationScore(Reply):
    """One moderation class, with the descriptions behind it, strongest first."""

    name: str
    title: str
    unsafe: bool
    covered: bool
    confidence: Annotated[
        Confidence | None, Field(description="that of its strongest description, by itself, against neutral wording")
    ]
    probability: Annotated[
        Confidence | None, Field(description="its descriptions' share among those of all covered classes; sums to 1")
    ]
    threshold: float | None
    flagged: Annotated[bool | None, Field(description="null where it has no threshold or is not covered")]
    descriptions: list[DescriptionScore]


class ModerationResult(Reply):
    """Classes, best first."""

    classes: list[ModerationScore]
    is_safe: Annotated[
        bool | None, Field(description="false once an unsafe class is flagged; null where the model does not cover one")
    ]


class ModerateResponse(Envelope, ModerationResult):
    """Answer of POST /moderate."""
