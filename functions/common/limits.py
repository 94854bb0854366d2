"""What a call may hold and where its pictures may come from, as every service's /info says it."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import Field

from functions.common.containers import ACCEPTED_FORMATS
from functions.common.deadline import MARGIN_SECONDS
from functions.common.deployment import DeploymentSettings
from functions.common.sources import Sources
from functions.common.wire import Reply


class InputSources(Reply):
    """Optional ways to send a picture; base64 and raw bytes always work."""

    image_url: Annotated[bool, Field(description="whether image_url works, for the hosts this deployment allows")]
    s3: Annotated[bool, Field(description="whether s3 works, for the buckets this deployment allows")]


class BatchCallLimits(Reply):
    """Limits of one call with several pictures."""

    max_images: Annotated[int, Field(description="pictures in one call")]
    max_pixels: Annotated[int, Field(description="pixels of all pictures together")]
    seconds: Annotated[
        float, Field(description="soft deadline, from arrival; no picture is started that might pass it")
    ]
    margin_seconds: Annotated[
        float, Field(description="on Lambda, the deadline is at least this long before the function's timeout")
    ]
    concurrency: Annotated[int, Field(description="pictures of one call processed at the same time")]


class RequestLimits(Reply):
    """Limits of any request."""

    max_request_bytes: Annotated[int, Field(description="size of the body, base64 included")]
    max_image_pixels: Annotated[int, Field(description="width times height of one picture")]
    max_download_bytes: Annotated[int, Field(description="size of a fetched picture")]
    fetch_timeout_seconds: Annotated[float, Field(description="total time for fetching a picture")]
    image_formats: Annotated[list[str], Field(description="accepted picture formats")]
    queue: Annotated[int, Field(description="requests in progress or waiting; one more gets a 503 with Retry-After")]


def input_sources(sources: Sources) -> InputSources:
    """What is on."""
    return InputSources(image_url=sources.downloads is not None, s3=sources.objects is not None)


class RequestLimitFields(TypedDict):
    """The fields of RequestLimits, for the services' own limits, which have more."""

    max_request_bytes: int
    max_image_pixels: int
    max_download_bytes: int
    fetch_timeout_seconds: float
    image_formats: list[str]
    queue: int


def request_limits(settings: DeploymentSettings) -> RequestLimitFields:
    """What any request to this deployment may hold."""
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
