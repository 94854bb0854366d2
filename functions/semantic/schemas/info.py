"""GET /info."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.engines import ServiceInfo
from functions.common.limits import BatchCallLimits, InputSources, RequestLimits
from functions.common.wire import Envelope, Reply
from functions.semantic.schemas.scoring import Profile


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
