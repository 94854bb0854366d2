"""POST /moderate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, ImageSource, Reply, Request
from functions.semantic.schemas.scoring import LOGIT, RAW, Confidence


class ModerateOptions(Request):
    """POST /moderate takes nothing but the picture and a threshold."""

    threshold: Annotated[
        Confidence | None,
        Field(
            description="threshold of the unsafe classes; default: each class's own. That of minor is the operator's"
        ),
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

    name: Annotated[str, Field(description="the class's name")]
    title: Annotated[str, Field(description="a title for people to read")]
    unsafe: Annotated[bool, Field(description="whether is_safe is false if the class is flagged")]
    covered: Annotated[
        bool, Field(description="whether the model was trained to recognise it; if not, its scores are null")
    ]
    confidence: Annotated[
        Confidence | None,
        Field(
            description="how well its strongest description alone fits, against neutral wording; null if not covered"
        ),
    ]
    probability: Annotated[
        Confidence | None,
        Field(description="the share of its descriptions in a softmax over all covered classes; null if not covered"),
    ]
    threshold: Annotated[
        float | None,
        Field(description="confidence from which the class is flagged, 0 to 1; null for a class that never is"),
    ]
    flagged: Annotated[
        bool | None,
        Field(description="whether confidence reaches threshold; null without a threshold or if not covered"),
    ]
    descriptions: Annotated[
        list[DescriptionScore], Field(description="its descriptions, the strongest first; empty if not covered")
    ]


class ModerationResult(Reply):
    """Moderation classes, the most probable first."""

    classes: Annotated[list[ModerationScore], Field(description="all classes of the taxonomy, the most probable first")]
    is_safe: Annotated[
        bool | None,
        Field(
            description="false if an unsafe class is flagged; true if all are covered and none is flagged; else null, "
            "which is not safe"
        ),
    ]


class ModerateResponse(Envelope, ModerationResult):
    """Answer of POST /moderate."""
