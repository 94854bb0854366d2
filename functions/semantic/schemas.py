"""The semantic service on the wire."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from functions.common.engines import ServiceInfo
from functions.common.limits import BatchCallLimits, InputSources, RequestLimits
from functions.common.problems import Problem
from functions.common.wire import (
    BatchImage,
    Continuation,
    Envelope,
    ImageSource,
    Notice,
    Reply,
    Request,
)

MAX_BATCH_IMAGES: Final = 50
MAX_REQUESTED_FILTERS: Final = 64
MAX_LABELS: Final = 256
MAX_LABEL_CHARACTERS: Final = 512

Confidence = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
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
Profile = Literal["raw", "contrast", "fitted"]
StyleName = Literal["anime", "photorealistic", "3d_render", "artistic"]


class ScoringOptions(Request):
    """How logits become confidences."""

    profile: Annotated[Profile, Field(description="raw, contrast (default) or fitted")] = "contrast"
    style: Annotated[StyleName | None, Field(description="the picture's style, where it is known")] = None


class DetectOptions(ScoringOptions):
    """Which filters to look for, and what to report."""

    min_confidence: Annotated[Confidence | None, Field(description="default: the detection threshold, 0.25")] = None
    max_results: Annotated[int | None, Field(ge=1, le=1000)] = None
    include: Annotated[
        list[Name] | None,
        Field(min_length=1, max_length=256, description="filters or categories; sensitive ones only when named here"),
    ] = None
    exclude: Annotated[list[Name] | None, Field(min_length=1, max_length=256)] = None


class DetectRequest(ImageSource, DetectOptions):
    """POST /detect."""


class AlignOptions(ScoringOptions):
    """What the picture was asked to show."""

    requested_filters: Annotated[list[Name], Field(min_length=1, max_length=MAX_REQUESTED_FILTERS)]
    threshold: Annotated[Confidence | None, Field(description="default: the alignment threshold, 0.50")] = None


class AlignRequest(ImageSource, AlignOptions):
    """POST /align."""


class BatchRequest(DetectOptions):
    """POST /batch: /detect, and /align where filters are requested, for each of up to 50 pictures."""

    images: Annotated[list[BatchImage], Field(min_length=1, max_length=MAX_BATCH_IMAGES)]
    requested_filters: Annotated[list[Name] | None, Field(min_length=1, max_length=MAX_REQUESTED_FILTERS)] = None
    threshold: Confidence | None = None


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


class ModerateOptions(Request):
    """POST /moderate takes nothing but the picture and a threshold."""

    threshold: Annotated[
        Confidence | None, Field(description="for the unsafe classes but minor, whose threshold is the operator's")
    ] = None


class ModerateRequest(ImageSource, ModerateOptions):
    """POST /moderate."""


class LabelsRequest(Request):
    """POST /: mutually exclusive labels for one picture."""

    image_data: Annotated[str, Field(min_length=1, description="JPEG, PNG or WebP as base64")]
    labels: Labels


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


class PromptScore(Reply):
    """One prompt by itself, in the wording of all styles."""

    text: str
    logit: float


class NearestFilter(Reply):
    """A filter that was not asked for. Never a sensitive one."""

    filter: str
    category: str
    logit: float
    raw: Confidence
    confidence: Annotated[Confidence, Field(description="by the profile asked for")]


class RequestedScore(AttributeScore):
    """A requested filter's score, and what explains it."""

    prompt: Annotated[
        PromptScore | None, Field(description="the filter's prompt that fits the picture best; null where not covered")
    ]
    nearest_in_group: Annotated[
        NearestFilter | None,
        Field(description="for a missing filter: of those that exclude it, the most confident not asked for"),
    ]


class MinorScore(Reply):
    """Whether the person may be a minor. Never 'safe': null where the model does not cover it."""

    confidence: Confidence | None
    threshold: float
    flagged: bool | None


class DetectResult(Reply):
    """Filters found, best first."""

    attributes: list[AttributeScore]
    minor: Annotated[MinorScore | None, Field(description="null when no filter about people was scored")]
    profile: Profile


class DetectResponse(Envelope, DetectResult):
    """Answer of POST /detect."""


class AlignmentResult(Reply):
    """Whether the picture shows what was asked for."""

    is_aligned: bool
    alignment_score: Annotated[
        Confidence | None, Field(description="lowest confidence among the requested filters; null if one has none")
    ]
    matched_filters: list[str]
    missing_filters: list[str]
    scores: list[RequestedScore]
    nearest: Annotated[
        NearestFilter | None,
        Field(
            description="the most confident filter that was not asked for; about people only where the request is",
        ),
    ]
    minor: MinorScore | None
    reasons: Annotated[
        list[str], Field(description="why is_aligned is false: missing_filters, not_covered, not_fitted, minor")
    ]
    threshold: float
    profile: Profile


class AlignResponse(Envelope, AlignmentResult):
    """Answer of POST /align."""


class BatchItem(Reply):
    """One picture of a batch, in the order sent."""

    index: int
    id: str | None
    status: Literal["ok", "error", "not_processed"]
    detection: DetectResult | None = None
    alignment: Annotated[AlignmentResult | None, Field(description="where filters were requested")] = None
    error: Problem | None = None
    warnings: list[Notice]


class BatchResult(Reply):
    """Results in the order sent."""

    results: list[BatchItem]
    continuation: Continuation | None


class BatchResponse(Envelope, BatchResult):
    """Answer of POST /batch."""


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


class LabelsResult(Reply):
    """Probabilities that sum to 1."""

    result: dict[str, float]
    minor: Annotated[MinorScore | None, Field(description="null when no label is read as one about people")]


class LabelsResponse(Envelope, LabelsResult):
    """Answer of POST /."""


class FilterDescription(Reply):
    """A filter of the taxonomy."""

    name: str
    category: str
    prompts: list[str]
    sensitive: Annotated[bool, Field(description="scored only when a request names it or its category")]
    group: Annotated[str | None, Field(description="filters of one group exclude each other")]
    covered: bool
    fitted: Annotated[bool, Field(description="whether the profile fitted has parameters for it")]


class CategoryDescription(Reply):
    """A category of filters."""

    name: str
    title: str
    sensitive: bool
    about_people: bool
    filters: int


class StyleDescription(Reply):
    """A style, and the wording its prompts are put into."""

    name: str
    title: str
    templates: list[str]


class FiltersResult(Reply):
    """What can be asked for."""

    filters: list[FilterDescription]
    categories: list[CategoryDescription]
    styles: list[StyleDescription]
    total: int
    covered: int


class FiltersResponse(Envelope, FiltersResult):
    """Answer of GET /filters."""


class Thresholds(Reply):
    """Defaults of this deployment."""

    detection: float
    alignment: float
    minor: float


class LabelLimits(Reply):
    """What one call of /classify or / may take."""

    max_labels: int
    max_characters: Annotated[int, Field(description="of one label")]
    max_tokens: Annotated[int | None, Field(description="the model reads no more of one; null without a text tower")]
    new_labels: Annotated[int, Field(description="never seen before, that any call takes; more while time lasts")]


class Limits(RequestLimits):
    """What a request may hold."""

    max_requested_filters: int
    batch: BatchCallLimits
    labels: LabelLimits


class InputSize(Reply):
    """How pictures reach the model."""

    height: int
    width: int
    resample: str


class InfoResult(ServiceInfo):
    """What answers here, and how it is set."""

    input: InputSize
    thresholds: Thresholds
    open_labels: Annotated[bool, Field(description="whether /classify and / are served; they need the text tower")]
    profiles: list[Profile]
    temperature: float
    sources: InputSources
    limits: Limits
    taxonomy_digest: str
    filters: int
    covered_filters: int
    load_ms: Annotated[float, Field(description="time from opening the artifact to ready")]


class InfoResponse(Envelope, InfoResult):
    """Answer of GET /info."""
