"""GET /info."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.engines import ServiceInfo
from functions.common.limits import BatchCallLimits, InputSources, RequestLimits
from functions.common.wire import Envelope, Reply
from functions.semantic.scores import Profile


class Thresholds(Reply):
    """This deployment's thresholds."""

    detection: Annotated[float, Field(description="default of min_confidence, 0 to 1")]
    alignment: Annotated[float, Field(description="default of threshold in /align and /batch, 0 to 1")]
    minor: Annotated[float, Field(description="the threshold of minor, which no request can change, 0 to 1")]


class LabelLimits(Reply):
    """Limits of one call of /classify or /."""

    max_labels: Annotated[int, Field(description="labels in one call")]
    max_characters: Annotated[int, Field(description="characters in one label")]
    max_tokens: Annotated[
        int | None, Field(description="tokens the model reads of one label; null without a text tower")
    ]
    new_labels: Annotated[
        int, Field(description="labels new to the process that always fit one call; more are embedded while time lasts")
    ]


class Limits(RequestLimits):
    """Limits of requests."""

    max_requested_filters: Annotated[int, Field(description="requested filters in one call of /align or /batch")]
    batch: Annotated[BatchCallLimits, Field(description="limits of /batch")]
    labels: Annotated[LabelLimits, Field(description="limits of /classify and /")]


class InputSize(Reply):
    """How pictures reach the model."""

    height: Annotated[int, Field(description="height of what the model sees, in pixels")]
    width: Annotated[int, Field(description="width of what the model sees, in pixels")]
    resample: Annotated[str, Field(description="the resampling filter that pictures are resized with")]


class InfoResult(ServiceInfo):
    """The service's model and settings."""

    input: Annotated[InputSize, Field(description="how pictures reach the model")]
    thresholds: Annotated[Thresholds, Field(description="this deployment's thresholds")]
    open_labels: Annotated[bool, Field(description="whether /classify and / work; they need the text tower")]
    profiles: Annotated[list[Profile], Field(description="the profiles a request can name")]
    temperature: Annotated[float, Field(description="T in the formula of the profile contrast")]
    sources: Annotated[InputSources, Field(description="optional ways to send a picture")]
    limits: Annotated[Limits, Field(description="limits of requests")]
    taxonomy_digest: Annotated[
        str, Field(description="sha256 of the filters, styles, moderation classes and neutral wording")
    ]
    filters: Annotated[int, Field(description="number of filters")]
    covered_filters: Annotated[int, Field(description="number of filters that the model was trained to recognise")]
    load_ms: Annotated[float, Field(description="milliseconds from opening the artifact until the model was ready")]


class InfoResponse(Envelope, InfoResult):
    """Answer of GET /info."""
