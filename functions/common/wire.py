"""What the services' requests and answers have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


@dataclass(frozen=True, slots=True)
class Repeated:
    """Marks a list of texts that may hold commas: a query string repeats its parameter and is not split at commas."""


def null_means(default: str, taken: Any) -> BeforeValidator:
    """Takes null for `default`, as options without a default of their own take it; `taken` is the type without null."""
    return BeforeValidator(lambda value: default if value is None else value, json_schema_input_type=taken | None)


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

    bucket: Annotated[str, Field(min_length=3, max_length=63, description="the bucket's name")]
    key: Annotated[str, Field(min_length=1, max_length=1024, description="the object's key")]


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
        Field(description="a JPEG, PNG or WebP picture in base64, plain or as a data URI", examples=[SAMPLE_PICTURE]),
    ] = None
    image_url: Annotated[
        str | None, Field(max_length=4096, description="an https URL on a host that this deployment allows")
    ] = None
    s3: Annotated[S3Object | None, Field(description="an object in a bucket that this deployment allows")] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = sum(getattr(self, source) is not None for source in SOURCES)
        if given != 1:
            raise ValueError(
                f"send the picture as exactly one of {', '.join(SOURCES)}; "
                + (f"{given} of them are given" if given else "none of them is given")
            )
        return self


class BatchImage(ImageSource):
    """One picture of a batch."""

    id: Annotated[
        str | None, Field(min_length=1, max_length=128, description="an id of your own, returned with the result")
    ] = None


class Reply(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelReference(Reply):
    """The model that answered."""

    id: Annotated[str, Field(description="the model's name")]
    revision: Annotated[str | None, Field(description="the published model's revision; null if it has none")]
    precision: Annotated[
        str, Field(description="what its arithmetic is done in: fp32, int8 or mixed; bf16, fp16 or fp32 on a GPU")
    ]
    digest: Annotated[str, Field(description="sha256 of the artifact's manifest")]
    demo: Annotated[
        bool, Field(description="true for a small model trained on drawn pictures, in place of the published one")
    ]


class PriceTableReference(Reply):
    """The dated price table a receipt was made with."""

    region: Annotated[str, Field(description="the AWS region the prices apply to")]
    effective: Annotated[str, Field(description="the date of the prices, YYYY-MM-DD")]


class EstimatedFor(Reply):
    """The Lambda function an estimate is made for."""

    memory_mb: Annotated[int, Field(description="the function's memory")]
    architecture: Annotated[str, Field(description="the function's architecture, arm64 or x86_64")]


class InstanceTime(Reply):
    """A job on an instance that is billed by the hour."""

    type: Annotated[str, Field(description="the instance type, such as ml.g5.xlarge")]
    seconds: Annotated[str, Field(description="this job's share of the instance's time")]
    usd_per_hour: Annotated[str | None, Field(description="the instance's price; null if unknown")]
    idle_seconds: Annotated[
        str | None, Field(description="how long the instance was idle before this job; null if unknown")
    ]
    idle_usd: Annotated[
        str | None, Field(description="the cost of that time, which no job's usd includes; null if unknown")
    ]


class ItemCost(Reply):
    """One picture's share of the call, by the time it took; the shares add up to the call's usd."""

    index: Annotated[int, Field(description="the picture's index in the request, from 0")]
    status: Annotated[Literal["ok", "error", "not_processed"], Field(description="the status of the picture's result")]
    time_ms: Annotated[float, Field(description="milliseconds spent on the picture")]
    usd: Annotated[str | None, Field(description="its share of the cost; null if unknown")]


class Comparison(Reply):
    """What another service charges for the same number of pictures. Its answers are similar, not the same."""

    service: Annotated[str, Field(description="the service compared with")]
    images: Annotated[int, Field(description="pictures judged in this call")]
    usd: Annotated[str | None, Field(description="its price for that many; null if unknown")]


class Cost(Reply):
    """What the invocation behind this answer costs; amounts are decimal strings in USD, null if unknown."""

    billed_ms: Annotated[int, Field(description="milliseconds billed, including init_ms")]
    memory_mb: Annotated[int | None, Field(description="the function's memory; null on an instance")]
    architecture: Annotated[str | None, Field(description="arm64 or x86_64; null on an instance")]
    gb_seconds: Annotated[str | None, Field(description="memory times billed time; null on an instance")]
    compute_usd: Annotated[str | None, Field(description="for time and memory; null if unknown")]
    request_usd: Annotated[str | None, Field(description="for the invocation itself; null if unknown")]
    gateway_usd: Annotated[str | None, Field(description="for the API gateway in front; null if unknown")]
    usd: Annotated[str | None, Field(description="in total; null if a part is unknown")]
    rate: Annotated[str, Field(description="the rate that applies: on_demand, provisioned or instance")]
    rate_usd_per_gb_second: Annotated[
        str | None, Field(description="the price behind compute_usd; null on an instance or if unknown")
    ]
    estimated: Annotated[bool, Field(description="true outside Lambda: this is what the call would have cost there")]
    price_table: Annotated[
        PriceTableReference | None, Field(description="the prices used; null if no table covers the region")
    ]
    init_ms: Annotated[
        int, Field(description="the part of billed_ms spent on starting up; 0 if the environment was already running")
    ]
    ephemeral_mb: Annotated[
        int | None,
        Field(description="ephemeral storage; what exceeds 512 is charged in compute_usd; null on an instance"),
    ]
    estimated_for: Annotated[
        EstimatedFor | None, Field(description="the function an estimate is made for; null if this is not an estimate")
    ]
    instance: Annotated[InstanceTime | None, Field(description="the instance's time; null on Lambda")]
    items: Annotated[
        list[ItemCost] | None,
        Field(description="each picture's share, in the order sent; null unless several were sent"),
    ]
    compared_with: Annotated[
        Comparison | None,
        Field(description="another service's price; null if no picture was judged or no service compares"),
    ]


class Notice(Reply):
    """Something to bear in mind about an otherwise valid answer."""

    code: Annotated[str, Field(description="the kind of warning; stable")]
    detail: Annotated[str, Field(description="for people to read, so its wording may change")]


class Envelope(Reply):
    """What every answer carries beside its result."""

    request_id: Annotated[str, Field(description="the request's id, as in the service's log")]
    model: Annotated[ModelReference, Field(description="the model that answered")]
    timing_ms: Annotated[dict[str, float], Field(description="milliseconds by stage, and in total")]
    cost: Annotated[Cost | None, Field(description="null if no receipt could be made")]
    warnings: Annotated[
        list[Notice],
        Field(description="what to bear in mind about an otherwise valid answer; may be empty"),
    ]


class Continuation(Reply):
    """Where to continue after time ran out: send the pictures again, starting at `next_index`."""

    next_index: Annotated[int, Field(description="index of the first picture there was no time for")]
    remaining: Annotated[int, Field(description="number of pictures there was no time for")]


class Engine(Reply):
    """What runs the model."""

    name: Annotated[str, Field(description="onnxruntime or torch")]
    version: Annotated[str, Field(description="the engine's version")]
    threads: Annotated[int, Field(description="threads that one inference uses")]
    processor: Annotated[str, Field(description="the processor, as the operating system names it")]


class Gpu(Reply):
    """The GPU, if there is one."""

    available: Annotated[bool, Field(description="whether the model runs on a GPU")]
    name: Annotated[str | None, Field(description="the GPU, as its driver names it; null without one")] = None


class HealthResult(Reply):
    """`ok` once the model is loaded and its digests are verified; until then the answer is a 503 problem."""

    status: Annotated[str, Field(description="always ok; any other state is a 503 problem")]
    model_loaded: Annotated[
        bool, Field(description="always true; while the model is loading, the answer is a 503 problem")
    ]
    device: Annotated[str, Field(description="what the model runs on: cpu or cuda")]
    gpu: Annotated[Gpu, Field(description="the GPU, if there is one")]


class HealthResponse(Envelope, HealthResult):
    """Answer of GET /health."""
