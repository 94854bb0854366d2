"""Errors as `application/problem+json` (RFC 9457): the one place that maps an error to a status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from functions.common import errors
from functions.common.errors import ServiceError

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[type[ServiceError], tuple[HTTPStatus, str]]] = {
    errors.MalformedJson: (HTTPStatus.BAD_REQUEST, "The body is not valid JSON"),
    errors.MalformedHeader: (HTTPStatus.BAD_REQUEST, "A header cannot be parsed"),
    errors.MalformedEvent: (HTTPStatus.BAD_REQUEST, "The event is not a request from an API gateway"),
    errors.InvalidRequest: (HTTPStatus.UNPROCESSABLE_ENTITY, "The request is invalid"),
    errors.UnknownFilter: (HTTPStatus.UNPROCESSABLE_ENTITY, "There is no such filter"),
    errors.NotFound: (HTTPStatus.NOT_FOUND, "There is nothing at this path"),
    errors.UnknownJob: (HTTPStatus.NOT_FOUND, "There is no such job"),
    errors.IdempotencyConflict: (HTTPStatus.CONFLICT, "The idempotency key was used for a different request"),
    errors.GpuNotDeployed: (HTTPStatus.CONFLICT, "No GPU is deployed for this job"),
    errors.MethodNotAllowed: (HTTPStatus.METHOD_NOT_ALLOWED, "This path does not take that method"),
    errors.PayloadTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large"),
    errors.TooManyNewLabels: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "There are too many new labels"),
    errors.UnsupportedMediaType: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The content type is not supported"),
    errors.InvalidBase64: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image is not valid base64"),
    errors.UnsupportedImage: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The image format is not supported"),
    errors.ImageTooManyPixels: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image has too many pixels"),
    errors.ImageTooNarrow: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image is too narrow"),
    errors.ImageTruncated: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image is truncated"),
    errors.ImageCorrupt: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image is corrupt"),
    errors.UrlScheme: (HTTPStatus.UNPROCESSABLE_ENTITY, "The URL's scheme is not https"),
    errors.UrlBlocked: (HTTPStatus.FORBIDDEN, "This URL may not be fetched"),
    errors.S3Blocked: (HTTPStatus.FORBIDDEN, "This object may not be read"),
    errors.FetchFailed: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image could not be fetched"),
    errors.FetchTimeout: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image did not arrive in time"),
    errors.DownloadTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The image is too large to fetch"),
    errors.ObjectUnreadable: (HTTPStatus.UNPROCESSABLE_ENTITY, "The object cannot be read"),
    errors.Busy: (HTTPStatus.SERVICE_UNAVAILABLE, "The service is busy"),
    errors.ModelUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The model is not available"),
    errors.EndpointUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The GPU endpoint is not available"),
    errors.StorageUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "Job storage is not available"),
    errors.NotBuilt: (HTTPStatus.NOT_IMPLEMENTED, "Not available in this deployment"),
    errors.InternalError: (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side"),
}

_RETRYABLE: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})
# What was done of these requests is kept, so the same one gets further.
_GETS_FURTHER: Final = (errors.TooManyNewLabels,)


def _left_out(description: str) -> Any:
    """A field that is only there where it says something."""
    return Field(description=f"{description}; absent if there is none", exclude_if=_is_none)


def _is_none(value: object) -> bool:
    return value is None


class Problem(BaseModel):
    """The one error shape, also found on the failed items of a batch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Annotated[str, Field(description="urn:imajin:problem: followed by the code")]
    title: Annotated[str, Field(description="what the code means, the same for every problem with it")]
    status: Annotated[
        int, Field(description="the HTTP status; for an item of a batch, the one it would have had on its own")
    ]
    detail: Annotated[
        str, Field(description="what is wrong and what is allowed; for people to read, so its wording may change")
    ]
    code: Annotated[str, Field(description="the kind of problem; stable, docs/errors.md lists them all")]
    request_id: Annotated[str, Field(description="the request's id, as in the service's log")]
    pointer: Annotated[
        str | None, _left_out("JSON Pointer (RFC 6901) to what is wrong in the request, empty for the whole of it")
    ] = None
    limit: Annotated[float | int | None, _left_out("the limit that was exceeded, in the unit that detail names")] = None
    actual: Annotated[float | int | None, _left_out("what the request has, in the same unit")] = None
    upstream_status: Annotated[int | None, _left_out("the HTTP status that the picture's host answered with")] = None
    retryable: Annotated[bool, Field(description="whether sending the same request again may succeed")] = False


def problem(error: ServiceError, request_id: str) -> Problem:
    """The answer to `error`."""
    status, title = STATUS[type(error)]
    return Problem(
        type=f"urn:imajin:problem:{error.code}",
        title=title,
        status=status,
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        pointer=error.pointer,
        limit=error.limit,
        actual=error.actual,
        upstream_status=error.upstream_status,
        retryable=(status in _RETRYABLE or isinstance(error, _GETS_FURTHER)) and not error.final,
    )


def headers(error: ServiceError) -> dict[str, str]:
    """Headers that belong to the answer beside the body."""
    extra: dict[str, str] = {}
    if isinstance(error, errors.MethodNotAllowed):
        extra["allow"] = error.allow
    if error.retry_after_seconds is not None:
        extra["retry-after"] = str(error.retry_after_seconds)
    return extra
