"""Everything that can go wrong, as one tree.

ServiceError
├── BadRequest            the request cannot be understood
│   ├── MalformedJson
│   ├── MalformedHeader
│   ├── MalformedEvent
│   ├── InvalidRequest    understood, but not allowed
│   │   └── UnknownFilter
│   ├── NotFound
│   ├── UnknownJob
│   ├── IdempotencyConflict
│   ├── GpuNotDeployed
│   ├── MethodNotAllowed
│   ├── PayloadTooLarge
│   ├── TooManyNewLabels
│   └── UnsupportedMediaType
├── BadImage              the picture cannot be used
│   ├── InvalidBase64
│   ├── UnsupportedImage
│   ├── ImageTooManyPixels
│   ├── ImageTooNarrow
│   ├── ImageTruncated
│   ├── ImageCorrupt
│   ├── UrlScheme
│   ├── UrlBlocked
│   ├── S3Blocked
│   ├── FetchFailed
│   ├── FetchTimeout
│   ├── DownloadTooLarge
│   └── ObjectUnreadable
└── Unavailable           our side
    ├── Busy
    ├── ModelUnavailable
    ├── EndpointUnavailable
    ├── StorageUnavailable
    ├── NotBuilt
    └── InternalError

`problems.py` turns each into its HTTP answer; nothing else knows about status codes. Messages name the limit and the
actual value and never repeat what was sent.
"""

from __future__ import annotations

from typing import ClassVar


class ServiceError(Exception):
    """Base of every error a caller is told about; `code` is stable."""

    code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        limit: int | float | None = None,
        actual: int | float | None = None,
        upstream_status: int | None = None,
        retry_after_seconds: int | None = None,
        final: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.limit = limit
        self.actual = actual
        self.upstream_status = upstream_status
        self.retry_after_seconds = retry_after_seconds
        self.final = final
        """Whether asking again is of no use, whatever the status says."""


class BadRequest(ServiceError):
    """The request cannot be served as it is."""


class MalformedJson(BadRequest):
    """The body is not one JSON document in UTF-8."""

    code = "malformed_json"


class MalformedHeader(BadRequest):
    """A header the request depends on cannot be parsed."""

    code = "malformed_header"


class MalformedEvent(BadRequest):
    """The event that invoked the function has parts that no gateway makes."""

    code = "malformed_event"


class InvalidRequest(BadRequest):
    """The body is JSON, but not what the endpoint takes; `pointer` is a JSON Pointer (RFC 6901) to the place."""

    code = "invalid_request"


class UnknownFilter(InvalidRequest):
    """A filter or category name that the taxonomy does not have."""

    code = "unknown_filter"


class NotFound(BadRequest):
    """No such path."""

    code = "not_found"


class UnknownJob(BadRequest):
    """No job of this caller has this id, or it is gone; which of these is not told."""

    code = "unknown_job"


class IdempotencyConflict(BadRequest):
    """The Idempotency-Key stands for a job with another body."""

    code = "idempotency_conflict"


class GpuNotDeployed(BadRequest):
    """Jobs run on a GPU that this deployment does not have; the detail says how to turn it on."""

    code = "gpu_not_deployed"


class MethodNotAllowed(BadRequest):
    """The path exists, but not with this method."""

    code = "method_not_allowed"

    def __init__(self, detail: str, *, allow: str) -> None:
        super().__init__(detail)
        self.allow = allow


class PayloadTooLarge(BadRequest):
    """The body is over the size limit."""

    code = "payload_too_large"


class TooManyNewLabels(BadRequest):
    """There was no time to read all of the labels that were never seen before."""

    code = "too_many_new_labels"


class UnsupportedMediaType(BadRequest):
    """The request's content type or content encoding is not taken here."""

    code = "unsupported_media_type"


class BadImage(ServiceError):
    """The picture cannot be used."""


class InvalidBase64(BadImage):
    """The text is not base64."""

    code = "invalid_base64"


class UnsupportedImage(BadImage):
    """The bytes are not a picture in an accepted format."""

    code = "unsupported_image"


class ImageTooManyPixels(BadImage):
    """Width times height is over the limit; found in the header, before any pixel is decoded."""

    code = "image_too_many_pixels"


class ImageTooNarrow(BadImage):
    """One side of the picture is too many times the other."""

    code = "image_too_narrow"


class ImageTruncated(BadImage):
    """The picture ends before its last row."""

    code = "image_truncated"


class ImageCorrupt(BadImage):
    """The format is right, the content is not."""

    code = "image_corrupt"


class UrlScheme(BadImage):
    """The URL's scheme is not https."""

    code = "url_scheme"


class UrlBlocked(BadImage):
    """The URL may not be fetched from here. Says nothing of what its host resolves to or whether a port is open."""

    code = "url_blocked"


class S3Blocked(BadImage):
    """The object may not be read from here."""

    code = "s3_blocked"


class FetchFailed(BadImage):
    """The picture's host could not be reached, or answered with something else than a picture."""

    code = "fetch_failed"


class FetchTimeout(BadImage):
    """The picture did not arrive in time."""

    code = "fetch_timeout"


class DownloadTooLarge(BadImage):
    """The picture's host sends more bytes than are taken, or more than it said."""

    code = "download_too_large"


class ObjectUnreadable(BadImage):
    """The object is missing, or this deployment may not read it; which of the two is not told."""

    code = "object_unreadable"


class Unavailable(ServiceError):
    """Our own side cannot answer now."""


class Busy(Unavailable):
    """The queue before the model is full."""

    code = "busy"


class ModelUnavailable(Unavailable):
    """The model is not loaded, or must not be used."""

    code = "model_unavailable"


class EndpointUnavailable(Unavailable):
    """The GPU endpoint did not take the job."""

    code = "endpoint_unavailable"


class StorageUnavailable(Unavailable):
    """The bucket that holds uploads and jobs cannot be used now."""

    code = "storage_unavailable"


class NotBuilt(Unavailable):
    """Part of the contract that needs what this deployment does not have."""

    code = "not_implemented"


class InternalError(Unavailable):
    """A fault of ours; the log has it under the request id."""

    code = "internal_error"
