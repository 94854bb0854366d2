"""POST /classify and POST /: labels of the caller's own."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from functions.common.wire import SAMPLE_PICTURE, SOURCES, Envelope, ImageSource, Misplaced, Reply, Request, exactly_one
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
        description="case, punctuation and spaces do not tell labels apart; each needs more than these",
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
        Field(description="exclusive: one label is right, confidences sum to 1; independent: each for itself"),
    ] = "exclusive"
    profile: Annotated[
        Literal["raw", "contrast"] | None,
        Field(
            description="of mode independent alone, how a logit becomes a confidence; default: contrast. In mode "
            "exclusive, which is a softmax of the logits, it is refused"
        ),
    ] = None
    template: Annotated[
        str | None,
        Field(min_length=1, max_length=256, description='wording around a label, with "{label}" once; default: none'),
    ] = None

    @model_validator(mode="after")
    def _profile_is_of_independent(self) -> Self:
        if self.profile is not None and self.mode == "exclusive":
            raise Misplaced(
                "profile", "profile is for mode independent; mode exclusive is a softmax of the logits and has none"
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
        Confidence, Field(description="what the results are ordered by; in mode exclusive all of them sum to 1")
    ]


class ClassifyResult(Reply):
    """Labels, best first."""

    results: Annotated[list[LabelScore], Field(description="one for each label, the most confident first")]
    mode: Annotated[Mode, Field(description="as asked for")]
    minor: Annotated[MinorScore | None, Field(description="null when no label is read as one about people")]


class ClassifyResponse(Envelope, ClassifyResult):
    """Answer of POST /classify."""


class LabelsRequest(Request):
    """POST /: mutually exclusive labels for one picture."""

    image_data: Annotated[
        str, Field(min_length=1, description="JPEG, PNG or WebP as base64", examples=[SAMPLE_PICTURE])
    ]
    labels: Labels


class LabelsResult(Reply):
    """Probabilities that sum to 1."""

    result: Annotated[
        dict[str, float],
        Field(description="probability of each label, by label as sent, in the order sent; they sum to 1"),
    ]
    minor: Annotated[MinorScore | None, Field(description="null when no label is read as one about people")]


class LabelsResponse(Envelope, LabelsResult):
    """Answer of POST /."""
