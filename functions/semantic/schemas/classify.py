"""POST /classify and POST /: labels of the caller's own."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from functions.common.wire import Envelope, ImageSource, Reply, Request
from functions.semantic.schemas.scoring import Confidence, MinorScore

MAX_LABELS: Final = 256
MAX_LABEL_CHARACTERS: Final = 512
Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_CHARACTERS)]
Labels = Annotated[
    list[Label],
    Field(
        min_length=1,
        max_length=MAX_LABELS,
        description="case, punctuation and spaces do not tell labels apart; each needs more than these",
        json_schema_extra={"uniqueItems": True},
    ),
]


class ClassifyOptions(Request):
    """Open labels."""

    labels: Labels
    mode: Annotated[
        Literal["exclusive", "independent"],
        Field(description="exclusive: one label is right, confidences sum to 1; independent: each for itself"),
    ] = "exclusive"
    profile: Annotated[Literal["raw", "contrast"], Field(description="used by mode independent")] = "contrast"
    template: Annotated[
        str | None,
        Field(min_length=1, max_length=256, description='wording around a label, with "{label}" once; default: none'),
    ] = None


class ClassifyRequest(ImageSource, ClassifyOptions):
    """POST /classify."""


class LabelScore(Reply):
    """One open label's score."""

    label: str
    logit: float
    raw: Confidence
    confidence: Confidence


class ClassifyResult(Reply):
    """Labels, best first."""

    results: list[LabelScore]
    mode: Literal["exclusive", "independent"]
    minor: Annotated[MinorScore | None, Field(description="null when no label is read as one about people")]


class ClassifyResponse(Envelope, ClassifyResult):
    """Answer of POST /classify."""


class LabelsRequest(Request):
    """POST /: mutually exclusive labels for one picture."""

    image_data: Annotated[str, Field(min_length=1, description="JPEG, PNG or WebP as base64")]
    labels: Labels


class LabelsResult(Reply):
    """Probabilities that sum to 1."""

    result: dict[str, float]
    minor: Annotated[MinorScore | None, Field(description="null when no label is read as one about people")]


class LabelsResponse(Envelope, LabelsResult):
    """Answer of POST /."""
