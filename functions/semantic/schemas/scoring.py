"""What several routes take or answer: confidences, profiles, a filter's score and that of `minor`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from functions.common.wire import Reply, Request
from functions.semantic.scores import Profile

LOGIT: Final = "exp(logit_scale) * cosine + logit_bias, as SigLIP defines it"
RAW: Final = "sigmoid(logit), 0 to 1"
Confidence = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
StyleName = Literal["anime", "photorealistic", "3d_render", "artistic"]


class ScoringOptions(Request):
    """How logits become confidences."""

    profile: Annotated[
        Profile, Field(description="how a logit becomes a confidence; fitted only where /info lists it")
    ] = "contrast"
    style: Annotated[StyleName | None, Field(description="the picture's style, where it is known")] = None


class AttributeScore(Reply):
    """One filter's score. `logit` = exp(logit_scale) * cosine + logit_bias; `raw` = sigmoid(logit)."""

    filter: Annotated[str, Field(description="its name in /filters")]
    category: Annotated[str, Field(description="that of the filter")]
    covered: Annotated[bool, Field(description="whether the model at hand was trained to tell this filter")]
    logit: Annotated[float | None, Field(description=f"{LOGIT}; null where not covered")]
    raw: Annotated[Confidence | None, Field(description=f"{RAW}; null where not covered")]
    confidence: Annotated[
        Confidence | None, Field(description="by the profile asked for; null where not covered, or fitted has no fit")
    ]
    threshold: Annotated[float, Field(description="from it on the filter counts as seen, 0 to 1")]


class MinorScore(Reply):
    """Whether the person may be a minor. Never 'safe': null where the model does not cover it."""

    confidence: Annotated[
        Confidence | None, Field(description="contrast of the strongest description of a minor; null where not covered")
    ]
    threshold: Annotated[float, Field(description="the operator's, which no request changes; 0 to 1")]
    flagged: Annotated[
        bool | None,
        Field(description="whether confidence is at threshold or above; null where not covered, which is not safe"),
    ]
