"""What the services' requests and answers have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


@dataclass(frozen=True, slots=True)
class Repeated:
    """Marks a list of texts that may hold commas: a query string repeats its parameter and is not split at commas."""


class Request(BaseModel):
    """Base of what callers send: unknown fields, NaN and look-alike types (true for 1, "1" for 1) are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class S3Object(Request):
    """An object in a bucket this deployment allows."""

    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    key: Annotated[str, Field(min_length=1, max_length=1024)]


SOURCES = ("image_base64", "image_url", "s3")


def exactly_one(*fields: str) -> list[Any]:
    """`oneOf` of a JSON schema that takes one of these fields; one that is null is as good as none."""
    return [{"required": [field], "properties": {field: {"not": {"type": "null"}}}} for field in fields]


class ImageSource(Request):
    """Exactly one way to the picture."""

    model_config = ConfigDict(json_schema_extra={"oneOf": exactly_one(*SOURCES)})

    image_base64: Annotated[str | None, Field(description="JPEG, PNG or WebP as base64, plain or as a data URI")] = None
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

    id: str
    revision: str | None
    precision: str
    digest: Annotated[str, Field(description="sha256 of the artifact's manifest")]
    demo: Annotated[bool, Field(description="a small model trained on drawn pictures, not the published one")]


class PriceTableReference(Reply):
    """The dated price table a receipt was made with."""

    region: str
    effective: str


class EstimatedFor(Reply):
    """The function that an estimate is for."""

    memory_mb: int
    architecture: str


class InstanceTime(Reply):
    """A job on an instance that is paid by the hour."""

    type: str
    seconds: Annotated[str, Field(description="this job's part of the instance's time")]
    usd_per_hour: str | None
    idle_seconds: Annotated[str | None, Field(description="what the instance waited before this job; null is unknown")]
    idle_usd: Annotated[str | None, Field(description="what that cost, which is in no job's usd")]


class ItemCost(Reply):
    """One picture's share of the call, by the time it took; the shares add up to the call's usd."""

    index: int
    status: Literal["ok", "error", "not_processed"]
    time_ms: float
    usd: str | None


class Comparison(Reply):
    """What another service charges for as many pictures. It answers something alike, not the same."""

    service: str
    images: int
    usd: str | None


class Cost(Reply):
    """What the invocation behind this answer costs; amounts are decimal strings in USD, null where not known."""

    billed_ms: int
    memory_mb: Annotated[int | None, Field(description="null on an instance")]
    architecture: Annotated[str | None, Field(description="null on an instance")]
    gb_seconds: Annotated[str | None, Field(description="null on an instance")]
    compute_usd: str | None
    request_usd: str | None
    gateway_usd: str | None
    usd: str | None
    rate: Annotated[str, Field(description="on_demand, provisioned or instance")]
    rate_usd_per_gb_second: str | None
    estimated: Annotated[bool, Field(description="true outside Lambda: what this call would have cost there")]
    price_table: PriceTableReference | None
    init_ms: Annotated[int, Field(description="of billed_ms: starting up; 0 in an environment that was running")]
    ephemeral_mb: Annotated[int | None, Field(description="above 512 it is part of compute_usd; null on an instance")]
    estimated_for: Annotated[EstimatedFor | None, Field(description="null where it is no estimate")]
    instance: Annotated[InstanceTime | None, Field(description="null on Lambda")]
    items: Annotated[list[ItemCost] | None, Field(description="where several pictures were sent; in the order sent")]
    compared_with: Annotated[Comparison | None, Field(description="null where no picture was judged, or none compares")]


class Notice(Reply):
    """Something the caller should know about an answer that is otherwise good."""

    code: str
    detail: str


class Envelope(Reply):
    """What every answer carries beside its result."""

    request_id: str
    model: ModelReference
    timing_ms: Annotated[dict[str, float], Field(description="milliseconds by stage, and in total")]
    cost: Annotated[Cost | None, Field(description="null when the receipt could not be made")]
    warnings: list[Notice]


class Continuation(Reply):
    """Where to go on when time ran out: send the pictures from `next_index` again."""

    next_index: int
    remaining: int


class Engine(Reply):
    """What runs the model."""

    name: str
    version: str
    threads: int
    processor: str


class Gpu(Reply):
    """State of the accelerator."""

    available: bool
    name: str | None = None


class HealthResult(Reply):
    """`ok` once the model is loaded and its digests hold; anything else is a 503 problem."""

    status: str
    model_loaded: bool
    device: str
    gpu: Gpu


class HealthResponse(Envelope, HealthResult):
    """Answer of GET /health."""
