"""Errors as `application/problem+json` (RFC 9457): the one place that maps an error to a status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ConfigDict

from functions.common import errors
from functions.common.errors import ServiceError

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[type[ServiceError], tuple[HTTPStatus, str]]] = {
    errors.MalformedJson: (HTTPStatus.BAD_REQUEST, "The body is not valid JSON"),
    errors.MalformedHeader: (HTTPStatus.BAD_REQUEST, "A header cannot be parsed"),
    errors.MalformedEvent: (HTTPStatus.BAD_REQUEST, "The event is not one that a gateway makes"),
    errors.InvalidRequest: (HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not what this endpoint takes"),
    errors.UnknownFilter: (HTTPStatus.UNPROCESSABLE_ENTITY, "There is no such filter"),
    errors.NotFound: (HTTPStatus.NOT_FOUND, "There is nothing at this path"),
    errors.UnknownJob: (HTTPStatus.NOT_FOUND, "There is no such job"),
    errors.IdempotencyConflict: (HTTPStatus.CONFLICT, "The idempotency key stands for another request"),
    errors.GpuNotDeployed: (HTTPStatus.CONFLICT, "This deployment has no GPU for the job"),
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
    errors.UrlBlocked: (HTTPStatus.FORBIDDEN, "The URL may not be fetched"),
    errors.S3Blocked: (HTTPStatus.FORBIDDEN, "The object may not be read"),
    errors.FetchFailed: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image could not be fetched"),
    errors.FetchTimeout: (HTTPStatus.UNPROCESSABLE_ENTITY, "The image did not arrive in time"),
    errors.DownloadTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The image is too large to fetch"),
    errors.ObjectUnreadable: (HTTPStatus.UNPROCESSABLE_ENTITY, "The object cannot be read"),
    errors.Busy: (HTTPStatus.SERVICE_UNAVAILABLE, "The service is busy"),
    errors.ModelUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The model is not available"),
    errors.EndpointUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The GPU endpoint is not available"),
    errors.StorageUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "The storage of jobs is not available"),
    errors.NotBuilt: (HTTPStatus.NOT_IMPLEMENTED, "Not available in this deployment"),
    errors.InternalError: (HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed on our side"),
}

_RETRYABLE: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class Problem(BaseModel):
    """The one error shape, also found on the failed items of a batch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    pointer: str | None = None
    """JSON Pointer to the offending place in the request."""
    limit: float | int | None = None
    actual: float | int | None = None
    upstream_status: int | None = None
    """What the picture's host answered."""
    retryable: bool = False


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
        retryable=status in _RETRYABLE,
    )


def headers(error: ServiceError) -> dict[str, str]:
    """Headers that belong to the answer beside the body."""
    extra: dict[str, str] = {}
    if isinstance(error, errors.MethodNotAllowed):
        extra["allow"] = error.allow
    if error.retry_after_seconds is not None:
        extra["retry-after"] = str(error.retry_after_seconds)
    return extra
