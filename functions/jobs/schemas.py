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
        Field(description="of the picture; S3 takes no other", examples=["image/jpeg"]),
    ]


class JobRequest(Request):
    """POST /jobs."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _PAIRS})

    function: Annotated[Function, Field(description="the service that does the work", examples=["semantic"])]
    route: Annotated[Route, Field(description="a POST route of that service", examples=["/detect"])]
    request: Annotated[
        dict[str, Any],
        Field(
            description="what that route takes as JSON; pictures by `s3`, from an upload or an allowed place",
            examples=[{"s3": {"bucket": "the upload's", "key": "the upload's"}}],
        ),
    ]

    @model_validator(mode="after")
    def _route_of_the_function(self) -> Self:
        if self.route not in ROUTES[self.function]:
            raise ValueError(f"{self.function} has the routes {', '.join(ROUTES[self.function])}")
        return self


class Answer(Reply):
    """What every answer carries. There is no model here; a job's result names the one that answered it."""

    request_id: Annotated[str, Field(description="what the service's log has the request under")]
    timing_ms: Annotated[dict[str, float], Field(description="milliseconds by stage, and in total")]
    cost: Annotated[Cost | None, Field(description="of this call alone; null when the receipt could not be made")]
    warnings: Annotated[
        list[Notice],
        Field(description="what to know about an answer that is otherwise good; empty where there is nothing"),
    ]


class UploadPlace(Reply):
    """Where the upload will be, as a job's picture names it."""

    bucket: Annotated[str, Field(description="its name")]
    key: Annotated[str, Field(description="of the object in it")]


class UploadResult(Reply):
    """Permission to post one picture to S3, for a while and up to a size."""

    url: Annotated[str, Field(description="to POST multipart/form-data to")]
    fields: Annotated[
        dict[str, str], Field(description="of the form, as they are, before the last one: `file`, the picture's bytes")
    ]
    max_bytes: Annotated[int, Field(description="S3 refuses more, and an empty file")]
    expires_at: Annotated[str, Field(description="until when S3 takes the upload")]
    s3: Annotated[UploadPlace, Field(description="the picture, to be used in a job's request")]


class UploadResponse(Answer, UploadResult):
    """Answer of POST /uploads."""


class JobResult(Reply):
    """A job, as far as it has come."""

    id: Annotated[str, Field(description="to ask for the job with")]
    function: Annotated[Function, Field(description="as submitted")]
    route: Annotated[Route, Field(description="as submitted")]
    status: Annotated[
        Status,
        Field(
            description="queued: waiting or running; done; failed: with the problem; "
            "expired: the GPU did not come to it in time"
        ),
    ]
    created_at: Annotated[str, Field(description="when it was submitted, ISO 8601 in UTC")]
    kept_until: Annotated[str, Field(description="from then on the job is unknown")]
    result: Annotated[dict[str, Any] | None, Field(description="of a job that is done: the route's own answer")]
    problem: Annotated[Problem | None, Field(description="of a job that failed: the route's own refusal")]


class JobResponse(Answer, JobResult):
    """Answer of POST /jobs and GET /jobs/{id}."""
