"""What several routes take or answer: confidences, profiles, a filter's score and that of `minor`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from functions.common.wire import Reply, Request, null_means
from functions.semantic.scores import Profile

LOGIT: Final = "exp(logit_scale) * cosine + logit_bias, as SigLIP defines it"
RAW: Final = "sigmoid(logit), 0 to 1"
Confidence = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
StyleName = Literal["anime", "photorealistic", "3d_render", "artistic"]


class ScoringOptions(Request):
    """How logits become confidences."""

    profile: Annotated[
        Profile,
        null_means("contrast", Profile),
        Field(description="how a logit becomes a confidence; fitted only if /info lists it"),
    ] = "contrast"
    style: Annotated[
        StyleName | None, Field(description="the picture's style, if known; prompts are then worded for it")
    ] = None


class AttributeScore(Reply):
    """One filter's score. `logit` = exp(logit_scale) * cosine + logit_bias; `raw` = sigmoid(logit)."""

    filter: Annotated[str, Field(description="the filter's name, as in /filters")]
    category: Annotated[str, Field(description="the filter's category")]
    covered: Annotated[bool, Field(description="whether the model was trained to recognise this filter")]
    logit: Annotated[float | None, Field(description=f"{LOGIT}; null if not covered")]
    raw: Annotated[Confidence | None, Field(description=f"{RAW}; null if not covered")]
    confidence: Annotated[
        Confidence | None,
        Field(description="under the requested profile; null if not covered, or under fitted without a fit"),
    ]
    threshold: Annotated[float, Field(description="confidence from which the filter counts as shown, 0 to 1")]


class MinorScore(Reply):
    """Whether a person shown may be a minor. Null if the model does not cover it, never 'safe'."""

    confidence: Annotated[
        Confidence | None,
        Field(description="how well the strongest description of a minor fits, under contrast; null if not covered"),
    ]
    threshold: Annotated[float, Field(description="set by the operator, which no request can change; 0 to 1")]
    flagged: Annotated[
        bool | None,
        Field(description="whether confidence reaches threshold; null if not covered, which is not safe"),
    ]
