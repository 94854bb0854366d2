"""POST /batch: what /detect and /align take and answer, for many pictures."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from functions.common.problems import Problem
from functions.common.wire import BatchImage, Continuation, Envelope, Notice, Reply
from functions.semantic.schemas.align import MAX_REQUESTED_FILTERS, REQUESTED, THRESHOLD, AlignmentResult
from functions.semantic.schemas.detect import DetectOptions, DetectResult
from functions.semantic.schemas.scoring import Confidence, Name

MAX_BATCH_IMAGES: Final = 50


class BatchRequest(DetectOptions):
    """POST /batch: /detect, and /align where filters are requested, for each of up to 50 pictures."""

    images: Annotated[list[BatchImage], Field(min_length=1, max_length=MAX_BATCH_IMAGES)]
    requested_filters: Annotated[
        list[Name] | None, Field(min_length=1, max_length=MAX_REQUESTED_FILTERS, description=REQUESTED)
    ] = None
    threshold: Annotated[Confidence | None, Field(description=THRESHOLD)] = None


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
