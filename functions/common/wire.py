"""What the services' requests and answers have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


@dataclass(frozen=True, slots=True)
class Repeated:
    """Marks a list of texts that may hold commas: a query string repeats its parameter and is not split at commas."""


class Misplaced(ValueError):
    """What a validator of a whole object raises about one of its fields."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class Request(BaseModel):
    """Base of what callers send: unknown fields, NaN and look-alike types (true for 1, "1" for 1) are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class S3Object(Request):
    """An object in a bucket this deployment allows."""

    bucket: Annotated[str, Field(min_length=3, max_length=63, description="its name")]
    key: Annotated[str, Field(min_length=1, max_length=1024, description="of the object in it")]


SAMPLE_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAHklEQVR42mPM05jGgA0wMeAAOCUYr+1bQCWjSJcAAP2sA294"
    "M/KPAAAAAElFTkSuQmCC"
)
"""A PNG of 8 x 8 pixels in base64, for the examples in the contract."""
SOURCES = ("image_base64", "image_url", "s3")


def exactly_one(*fields: str) -> list[Any]:
    """`oneOf` of a JSON schema that takes one of these fields; one that is null is as good as none."""
    return [{"required": [field], "properties": {field: {"not": {"type": "null"}}}} for field in fields]


class ImageSource(Request):
    """Exactly one way to the picture."""

    model_config = ConfigDict(json_schema_extra={"oneOf": exactly_one(*SOURCES)})

    image_base64: Annotated[
        str | None,
        Field(description="JPEG, PNG or WebP as base64, plain or as a data URI", examples=[SAMPLE_PICTURE]),
    ] = None
    image_url: Annotated[str | None, Field(max_length=4096, description="https URL on an allowed host")] = None
    s3: Annotated[S3Object | None, Field(description="object in an allowed bucket")] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = sum(getattr(self, source) is not None for source in SOURCES)
        if given != 1:
            raise ValueError(
                f"the picture has to be given as exactly one of {', '.join(SOURCES)}; "
                + (f"{given} of them are here" if given else "none of them is here")
            )
        return self


class BatchImage(ImageSource):
    """One picture of a batch."""

    id: Annotated[str | None, Field(min_length=1, max_length=128, description="returned with the result")] = None


class Reply(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelReference(Reply):
    """The model that answered."""

    id: Annotated[str, Field(description="the model's name")]
    revision: Annotated[str | None, Field(description="of the published model; null where it has none")]
    precision: Annotated[
        str, Field(description="what its arithmetic is done in: fp32, int8 or mixed; bf16, fp16 or fp32 on a GPU")
    ]
    digest: Annotated[str, Field(description="sha256 of the artifact's manifest")]
    demo: Annotated[bool, Field(description="a small model trained on drawn pictures, not the published one")]


class PriceTableReference(Reply):
    """The dated price table a receipt was made with."""

    region: Annotated[str, Field(description="AWS region that the prices are of")]
    effective: Annotated[str, Field(description="the day the prices are of, YYYY-MM-DD")]


class EstimatedFor(Reply):
    """The function that an estimate is for."""

    memory_mb: Annotated[int, Field(description="of the function")]
    architecture: Annotated[str, Field(description="arm64 or x86_64")]


class InstanceTime(Reply):
    """A job on an instance that is paid by the hour."""

    type: Annotated[str, Field(description="of the instance, such as ml.g5.xlarge")]
    seconds: Annotated[str, Field(description="this job's part of the instance's time")]
    usd_per_hour: Annotated[str | None, Field(description="its price; null where not known")]
    idle_seconds: Annotated[str | None, Field(description="what the instance waited before this job; null is unknown")]
    idle_usd: Annotated[str | None, Field(description="what that cost, which is in no job's usd")]


class ItemCost(Reply):
    """One picture's share of the call, by the time it took; the shares add up to the call's usd."""

    index: Annotated[int, Field(description="of the picture in the request, from 0")]
    status: Annotated[Literal["ok", "error", "not_processed"], Field(description="that of the picture's result")]
    time_ms: Annotated[float, Field(description="milliseconds spent on it")]
    usd: Annotated[str | None, Field(description="its share; null where not known")]


class Comparison(Reply):
    """What another service charges for as many pictures. It answers something alike, not the same."""

    service: Annotated[str, Field(description="the one compared with")]
    images: Annotated[int, Field(description="pictures judged by this call")]
    usd: Annotated[str | None, Field(description="what it charges for as many; null where not known")]


class Cost(Reply):
    """What the invocation behind this answer costs; amounts are decimal strings in USD, null where not known."""

    billed_ms: Annotated[int, Field(description="milliseconds paid for, init_ms among them")]
    memory_mb: Annotated[int | None, Field(description="null on an instance")]
    architecture: Annotated[str | None, Field(description="null on an instance")]
    gb_seconds: Annotated[str | None, Field(description="null on an instance")]
    compute_usd: Annotated[str | None, Field(description="for the time and memory; null where not known")]
    request_usd: Annotated[str | None, Field(description="for the invocation; null where not known")]
    gateway_usd: Annotated[str | None, Field(description="for the API gateway in front; null where not known")]
    usd: Annotated[str | None, Field(description="in all; null where a part is not known")]
    rate: Annotated[str, Field(description="on_demand, provisioned or instance")]
    rate_usd_per_gb_second: Annotated[
        str | None, Field(description="that compute_usd was made with; null on an instance or where not known")
    ]
    estimated: Annotated[bool, Field(description="true outside Lambda: what this call would have cost there")]
    price_table: Annotated[PriceTableReference | None, Field(description="null where no table has the region")]
    init_ms: Annotated[int, Field(description="of billed_ms: starting up; 0 in an environment that was running")]
    ephemeral_mb: Annotated[int | None, Field(description="above 512 it is part of compute_usd; null on an instance")]
    estimated_for: Annotated[EstimatedFor | None, Field(description="null where it is no estimate")]
    instance: Annotated[InstanceTime | None, Field(description="null on Lambda")]
    items: Annotated[list[ItemCost] | None, Field(description="where several pictures were sent; in the order sent")]
    compared_with: Annotated[Comparison | None, Field(description="null where no picture was judged, or none compares")]


class Notice(Reply):
    """Something the caller should know about an answer that is otherwise good."""

    code: Annotated[str, Field(description="which warning it is; stable")]
    detail: Annotated[str, Field(description="for people to read; its wording may change")]


class Envelope(Reply):
    """What every answer carries beside its result."""

    request_id: Annotated[str, Field(description="what the service's log has the request under")]
    model: Annotated[ModelReference, Field(description="the one that answered")]
    timing_ms: Annotated[dict[str, float], Field(description="milliseconds by stage, and in total")]
    cost: Annotated[Cost | None, Field(description="null when the receipt could not be made")]
    warnings: Annotated[
        list[Notice],
        Field(description="what to know about an answer that is otherwise good; empty where there is nothing"),
    ]


class Continuation(Reply):
    """Where to go on when time ran out: send the pictures from `next_index` again."""

    next_index: Annotated[int, Field(description="of the first picture that time did not reach")]
    remaining: Annotated[int, Field(description="how many were not reached")]


class Engine(Reply):
    """What runs the model."""

    name: Annotated[str, Field(description="onnxruntime or torch")]
    version: Annotated[str, Field(description="of the engine")]
    threads: Annotated[int, Field(description="that one inference uses")]
    processor: Annotated[str, Field(description="as the machine names it")]


class Gpu(Reply):
    """State of the accelerator."""

    available: Annotated[bool, Field(description="whether the model runs on one")]
    name: Annotated[str | None, Field(description="as its driver has it; null without one")] = None


class HealthResult(Reply):
    """`ok` once the model is loaded and its digests hold; anything else is a 503 problem."""

    status: Annotated[str, Field(description="always ok; what is not is a 503 problem")]
    model_loaded: Annotated[bool, Field(description="always true; while it is loading the answer is a 503 problem")]
    device: Annotated[str, Field(description="what the model runs on: cpu or cuda")]
    gpu: Annotated[Gpu, Field(description="the accelerator")]


class HealthResponse(Envelope, HealthResult):
    """Answer of GET /health."""
