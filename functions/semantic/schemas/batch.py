"""POST /batch: what /detect and /align take and answer, for many pictures."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from functions.common.problems import Problem
from functions.common.wire import SAMPLE_PICTURE, BatchImage, Continuation, Envelope, Misplaced, Notice, Reply
from functions.semantic.schemas.align import MAX_REQUESTED_FILTERS, REQUESTED, THRESHOLD, AlignmentResult, Reject
from functions.semantic.schemas.detect import DetectOptions, DetectResult
from functions.semantic.schemas.scoring import Confidence, Name

MAX_BATCH_IMAGES: Final = 50


_OF_AN_ALIGNMENT: Final[Any] = {
    "anyOf": [
        {"properties": {"threshold": {"type": "null"}, "reject": {"type": "null"}}},
        {"properties": {"requested_filters": {"not": {"type": "null"}}}, "required": ["requested_filters"]},
    ]
}


class BatchRequest(DetectOptions):
    """POST /batch: /detect, and /align if filters are requested, for each of up to 50 pictures."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_OF_AN_ALIGNMENT]})

    images: Annotated[
        list[BatchImage],
        Field(
            min_length=1,
            max_length=MAX_BATCH_IMAGES,
            description="the pictures, each from any source",
            examples=[[{"id": "first", "image_base64": SAMPLE_PICTURE}]],
        ),
    ]
    requested_filters: Annotated[
        list[Name] | None, Field(min_length=1, max_length=MAX_REQUESTED_FILTERS, description=REQUESTED)
    ] = None
    threshold: Annotated[Confidence | None, Field(description=f"{THRESHOLD}; refused without requested_filters")] = None
    reject: Reject = None

    @model_validator(mode="after")
    def _of_an_alignment(self) -> Self:
        if self.requested_filters is not None:
            return self
        if self.threshold is not None:
            raise Misplaced(
                "threshold",
                "threshold is only for requested_filters, which are not given; for detection, use min_confidence",
            )
        if self.reject is not None:
            raise Misplaced("reject", "reject is only for alignment, and requested_filters are not given")
        return self


class BatchItem(Reply):
    """One picture of a batch, in the order sent."""

    index: Annotated[int, Field(description="the picture's index in the request, from 0")]
    id: Annotated[str | None, Field(description="as sent; null if none was")]
    status: Annotated[
        Literal["ok", "error", "not_processed"],
        Field(description="ok: judged; error: refused, see error; not_processed: no time left, see continuation"),
    ]
    detection: Annotated[
        DetectResult | None, Field(description="what /detect would answer for this picture alone; null unless ok")
    ] = None
    alignment: Annotated[
        AlignmentResult | None,
        Field(description="what /align would answer for this picture alone; null unless ok and filters were requested"),
    ] = None
    error: Annotated[
        Problem | None,
        Field(description="the problem this picture alone would have been refused with; null unless error"),
    ] = None
    warnings: Annotated[list[Notice], Field(description="about this picture")]


class BatchResult(Reply):
    """Results in the order sent."""

    results: Annotated[list[BatchItem], Field(description="one for each picture, in the order sent")]
    continuation: Annotated[
        Continuation | None, Field(description="where to continue; null if there was time for every picture")
    ]


class BatchResponse(Envelope, BatchResult):
    """Answer of POST /batch."""
