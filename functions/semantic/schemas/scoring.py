"""What several routes take or answer: confidences, profiles, a filter's score and that of `minor`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.common.wire import Reply, Request

Confidence = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Profile = Literal["raw", "contrast", "fitted"]
StyleName = Literal["anime", "photorealistic", "3d_render", "artistic"]


class ScoringOptions(Request):
    """How logits become confidences."""

    profile: Annotated[
        Profile, Field(description="how a logit becomes a confidence; fitted only where /info lists it")
    ] = "contrast"
    style: Annotated[StyleName | None, Field(description="the picture's style, where it is known")] = None


class AttributeScore(Reply):
    """One filter's score. `logit` = exp(logit_scale) * cosine + logit_bias; `raw` = sigmoid(logit)."""

    filter: str
    category: str
    covered: Annotated[bool, Field(description="whether the model at hand was trained to tell this filter")]
    logit: float | None
    raw: Confidence | None
    confidence: Annotated[
        Confidence | None, Field(description="by the profile asked for; null where not covered, or fitted has no fit")
    ]
    threshold: float


class MinorScore(Reply):
    """Whether the person may be a minor. Never 'safe': null where the model does not cover it."""

    confidence: Confidence | None
    threshold: float
    flagged: bool | None
