"""GET /info."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.engines import ServiceInfo
from functions.common.limits import BatchCallLimits, InputSources, RequestLimits
from functions.common.wire import Envelope, Reply
from functions.semantic.scores import Profile


class Thresholds(Reply):
    """Defaults of this deployment."""

    detection: Annotated[float, Field(description="of /detect where a request has no min_confidence; 0 to 1")]
    alignment: Annotated[float, Field(description="of /align where a request has no threshold; 0 to 1")]
    minor: Annotated[float, Field(description="of minor, everywhere; no request changes it; 0 to 1")]


class LabelLimits(Reply):
    """What one call of /classify or / may take."""

    max_labels: Annotated[int, Field(description="of one call")]
    max_characters: Annotated[int, Field(description="of one label")]
    max_tokens: Annotated[int | None, Field(description="the model reads no more of one; null without a text tower")]
    new_labels: Annotated[int, Field(description="never seen before, that any call takes; more while time lasts")]


class Limits(RequestLimits):
    """What a request may hold."""

    max_requested_filters: Annotated[int, Field(description="of one call of /align or /batch")]
    batch: Annotated[BatchCallLimits, Field(description="of /batch")]
    labels: Annotated[LabelLimits, Field(description="of /classify and /")]


class InputSize(Reply):
    """How pictures reach the model."""

    height: Annotated[int, Field(description="pixels the model sees")]
    width: Annotated[int, Field(description="pixels the model sees")]
    resample: Annotated[str, Field(description="the filter pictures are resized with")]


class InfoResult(ServiceInfo):
    """What answers here, and how it is set."""

    input: Annotated[InputSize, Field(description="how pictures reach the model")]
    thresholds: Annotated[Thresholds, Field(description="where a request says nothing of them")]
    open_labels: Annotated[bool, Field(description="whether /classify and / are served; they need the text tower")]
    profiles: Annotated[list[Profile], Field(description="those a request can name")]
    temperature: Annotated[float, Field(description="T of the profile contrast")]
    sources: Annotated[InputSources, Field(description="ways to hand over a picture")]
    limits: Annotated[Limits, Field(description="what requests are held to")]
    taxonomy_digest: Annotated[str, Field(description="sha256 of the filters, styles, classes and neutral wording")]
    filters: Annotated[int, Field(description="how many there are")]
    covered_filters: Annotated[int, Field(description="how many of them the model at hand was trained to tell")]
    load_ms: Annotated[float, Field(description="time from opening the artifact to ready")]


class InfoResponse(Envelope, InfoResult):
    """Answer of GET /info."""
