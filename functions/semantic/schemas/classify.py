"""POST /classify and POST /: labels of the caller's own."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from functions.common.wire import (
    SAMPLE_PICTURE,
    SOURCES,
    Envelope,
    ImageSource,
    Misplaced,
    Reply,
    Request,
    exactly_one,
    null_means,
)
from functions.semantic.schemas.scoring import LOGIT, RAW, Confidence, MinorScore

MAX_LABELS: Final = 256
MAX_LABEL_CHARACTERS: Final = 512
Mode: TypeAlias = Literal["exclusive", "independent"]
Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_CHARACTERS)]
Labels = Annotated[
    list[Label],
    Field(
        min_length=1,
        max_length=MAX_LABELS,
        description="labels of your own, no two alike; case, punctuation and spaces make no difference",
        json_schema_extra={"uniqueItems": True},
        examples=[["a city at night", "a beach"]],
    ),
]


_PROFILE: Final[Any] = {
    "anyOf": [
        {"properties": {"profile": {"type": "null"}}},
        {"properties": {"mode": {"const": "independent"}}, "required": ["mode"]},
    ]
}


class ClassifyOptions(Request):
    """Open labels."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_PROFILE]})

    labels: Labels
    mode: Annotated[
        Mode,
        null_means("exclusive", Mode),
        Field(
            description="exclusive: one label is right, and confidences sum to 1; independent: each label on its own"
        ),
    ] = "exclusive"
    profile: Annotated[
        Literal["raw", "contrast"] | None,
        Field(
            description="how a logit becomes a confidence in mode independent; default: contrast. Refused in mode "
            "exclusive, where confidences are a softmax of the logits"
        ),
    ] = None
    template: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=256,
            description='words around each label, with "{label}" exactly once; default: none',
        ),
    ] = None

    @model_validator(mode="after")
    def _profile_is_of_independent(self) -> Self:
        if self.profile is not None and self.mode == "exclusive":
            raise Misplaced(
                "profile",
                "profile is only for mode independent; in mode exclusive, confidences are a softmax of the logits",
            )
        return self


class ClassifyRequest(ImageSource, ClassifyOptions):
    """POST /classify."""

    model_config = ConfigDict(json_schema_extra={"allOf": [{"oneOf": exactly_one(*SOURCES)}, _PROFILE]})


class LabelScore(Reply):
    """One open label's score."""

    label: Annotated[str, Field(description="as sent")]
    logit: Annotated[float, Field(description=LOGIT)]
    raw: Annotated[Confidence, Field(description=RAW)]
    confidence: Annotated[
        Confidence, Field(description="results are sorted by it; in mode exclusive, all of them sum to 1")
    ]


class ClassifyResult(Reply):
    """Labels, the most confident first."""

    results: Annotated[list[LabelScore], Field(description="one for each label, the most confident first")]
    mode: Annotated[Mode, Field(description="as requested")]
    minor: Annotated[MinorScore | None, Field(description="null if no label is recognised as being about people")]


class ClassifyResponse(Envelope, ClassifyResult):
    """Answer of POST /classify."""


class LabelsRequest(Request):
    """POST /: mutually exclusive labels for one picture."""

    image_data: Annotated[
        str,
        Field(
            min_length=1,
            description="a JPEG, PNG or WebP picture in base64, plain or as a data URI",
            examples=[SAMPLE_PICTURE],
        ),
    ]
    labels: Labels


class LabelsResult(Reply):
    """Probabilities that sum to 1."""

    result: Annotated[
        dict[str, float],
        Field(description="each label's probability, in the order sent; they sum to 1"),
    ]
    minor: Annotated[MinorScore | None, Field(description="null if no label is recognised as being about people")]


class LabelsResponse(Envelope, LabelsResult):
    """Answer of POST /."""
