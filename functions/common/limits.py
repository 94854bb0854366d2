"""What a call may hold and where its pictures may come from, as every service's /info says it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from functions.common.containers import ACCEPTED_FORMATS
from functions.common.deadline import MARGIN_SECONDS
from functions.common.deployment import DeploymentSettings
from functions.common.sources import Sources
from functions.common.wire import Reply


class InputSources(Reply):
    """Ways to hand over a picture that are on here; base64 and raw bytes always are."""

    image_url: Annotated[bool, Field(description="from the hosts this deployment lists, which are not named here")]
    s3: Annotated[bool, Field(description="from the buckets this deployment lists, which are not named here")]


class BatchCallLimits(Reply):
    """What one call with several pictures may take."""

    max_images: Annotated[int, Field(description="of one call")]
    max_pixels: Annotated[int, Field(description="of all pictures together")]
    seconds: Annotated[float, Field(description="soft deadline, from entry; no picture is begun that would pass it")]
    margin_seconds: Annotated[
        float, Field(description="on Lambda it also ends this long before the function's timeout")
    ]
    concurrency: Annotated[int, Field(description="pictures of a call worked on at once")]


class RequestLimits(Reply):
    """What any request may hold."""

    max_request_bytes: Annotated[int, Field(description="of the body, base64 included")]
    max_image_pixels: Annotated[int, Field(description="of one picture, width times height")]
    max_download_bytes: Annotated[int, Field(description="of a picture that is fetched")]
    fetch_timeout_seconds: Annotated[float, Field(description="for a picture to be fetched, in all")]
    image_formats: Annotated[list[str], Field(description="that pictures may have")]
    queue: Annotated[int, Field(description="requests worked on or waiting; one more is a 503 with Retry-After")]


def input_sources(sources: Sources) -> InputSources:
    """What is on."""
    return InputSources(image_url=sources.downloads is not None, s3=sources.objects is not None)


def request_limits(settings: DeploymentSettings) -> dict[str, Any]:
    """The fields of RequestLimits."""
    return {
        "max_request_bytes": settings.max_request_bytes,
        "max_image_pixels": settings.limits.max_pixels,
        "max_download_bytes": settings.sources.limits.max_bytes,
        "fetch_timeout_seconds": settings.sources.limits.timeout_seconds,
        "image_formats": list(ACCEPTED_FORMATS),
        "queue": settings.queue,
    }


def batch_limits(settings: DeploymentSettings, max_images: int) -> BatchCallLimits:
    """Of a route that takes up to `max_images`, one after another."""
    return BatchCallLimits(
        max_images=max_images,
        max_pixels=settings.batch.max_pixels,
        seconds=settings.batch.seconds,
        margin_seconds=MARGIN_SECONDS,
        concurrency=1,
    )
