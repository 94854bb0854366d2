"""Uploads and jobs on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from functions.common.problems import Problem
from functions.common.wire import Cost, Notice, Reply, Request

Function: TypeAlias = Literal["semantic", "aesthetic"]
Route: TypeAlias = Literal["/", "/align", "/batch", "/classify", "/detect", "/moderate", "/score", "/score-batch"]
Status: TypeAlias = Literal["queued", "done", "failed", "expired"]

ROUTES: Final[dict[Function, tuple[Route, ...]]] = {
    "semantic": ("/", "/align", "/batch", "/classify", "/detect", "/moderate"),
    "aesthetic": ("/score", "/score-batch"),
}
_PAIRS: Final[list[Any]] = [
    {"properties": {"function": {"const": function}, "route": {"enum": list(routes)}}}
    for function, routes in ROUTES.items()
]


class UploadRequest(Request):
    """POST /uploads."""

    content_type: Annotated[
        Literal["image/jpeg", "image/png", "image/webp"],
        Field(description="the picture's type; S3 accepts no other for this upload", examples=["image/jpeg"]),
    ]


class JobRequest(Request):
    """POST /jobs."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _PAIRS})

    function: Annotated[Function, Field(description="the service that does the work", examples=["semantic"])]
    route: Annotated[Route, Field(description="a POST route of that service", examples=["/detect"])]
    request: Annotated[
        dict[str, Any],
        Field(
            description="the route's JSON body; name pictures by `s3`: uploads, or objects that this deployment allows",
            examples=[{"s3": {"bucket": "the upload's", "key": "the upload's"}}],
        ),
    ]

    @model_validator(mode="after")
    def _route_of_the_function(self) -> Self:
        if self.route not in ROUTES[self.function]:
            raise ValueError(f"route must be one of those of {self.function}: {', '.join(ROUTES[self.function])}")
        return self


class Answer(Reply):
    """What every answer carries. No model is named here; a job's result names the model that answered."""

    request_id: Annotated[str, Field(description="the request's id, as in the service's log")]
    timing_ms: Annotated[dict[str, float], Field(description="milliseconds by stage, and in total")]
    cost: Annotated[Cost | None, Field(description="of this call alone; null if no receipt could be made")]
    warnings: Annotated[
        list[Notice],
        Field(description="what to bear in mind about an otherwise valid answer; may be empty"),
    ]


class UploadPlace(Reply):
    """Where the upload will be, in the form in which a job's request names pictures."""

    bucket: Annotated[str, Field(description="the bucket's name")]
    key: Annotated[str, Field(description="the object's key")]


class UploadResult(Reply):
    """Permission to post one picture to S3, for a limited time and up to a size."""

    url: Annotated[str, Field(description="where to POST multipart/form-data")]
    fields: Annotated[
        dict[str, str],
        Field(description="form fields to send unchanged, followed by `file`, the picture's bytes, as the last one"),
    ]
    max_bytes: Annotated[int, Field(description="the largest file accepted; S3 refuses larger ones and empty ones")]
    expires_at: Annotated[str, Field(description="when the form stops working, ISO 8601 in UTC")]
    s3: Annotated[UploadPlace, Field(description="the picture, as a job's request names it")]


class UploadResponse(Answer, UploadResult):
    """Answer of POST /uploads."""


class JobResult(Reply):
    """A job and how far it is."""

    id: Annotated[str, Field(description="the job's id, for GET /jobs/{id}")]
    function: Annotated[Function, Field(description="as submitted")]
    route: Annotated[Route, Field(description="as submitted")]
    status: Annotated[
        Status,
        Field(
            description="queued: waiting or running; done: see result; failed: see problem; "
            "expired: the GPU did not get to it in time"
        ),
    ]
    created_at: Annotated[str, Field(description="when it was submitted, ISO 8601 in UTC")]
    kept_until: Annotated[str, Field(description="when the job is forgotten, ISO 8601 in UTC")]
    result: Annotated[dict[str, Any] | None, Field(description="the route's own answer; null unless done")]
    problem: Annotated[Problem | None, Field(description="the route's own problem; null unless failed")]


class JobResponse(Answer, JobResult):
    """Answer of POST /jobs and GET /jobs/{id}."""
