"""A request that carries one picture: as JSON, or as raw image bytes with the options in the query string."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from functions.common import requests
from functions.common.errors import ImageTruncated, InvalidBase64, S3Blocked, UnsupportedMediaType, UrlBlocked
from functions.common.images import decode_base64
from functions.common.wire import ImageSource

Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes as they came, and the JSON Pointer to where they stood."""

    data: bytes
    pointer: str | None


async def read_json(
    request: Request, model: type[Options], max_bytes: int, accepted: str = "application/json"
) -> Options:
    """The JSON body as `model`. Raises BadRequest; `accepted` is what a wrong content type is told."""
    kind = requests.media_type(request.headers)
    if kind not in {"", "application/json"} and not kind.endswith("+json"):
        raise UnsupportedMediaType(f"this endpoint takes {accepted}")
    body = await requests.read_body(request, max_bytes)
    return requests.validate(model, requests.parse_json(body))


async def read_picture(
    request: Request, model: type[ImageSource], options: type[Options], max_bytes: int
) -> tuple[Picture, Options]:
    """The picture and the options of a request. `model` is `options` with an image source. Raises ServiceError."""
    if requests.media_type(request.headers).startswith("image/"):
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        chosen = requests.validate(options, requests.query_document(options, query), text_values=True)
        data = await requests.read_body(request, max_bytes)
        if not data:
            raise ImageTruncated("the picture has no bytes")
        return Picture(data, None), chosen
    parsed = await read_json(request, model, max_bytes, "application/json, or a picture as image/*")
    assert isinstance(parsed, options)  # noqa: S101 - how the request models are built
    return resolve(parsed), parsed


def resolve(source: ImageSource, pointer: str = "") -> Picture:
    """The bytes behind an image source that stands at `pointer`. Raises BadImage."""
    if source.image_base64 is not None:
        return from_base64(source.image_base64, f"{pointer}/image_base64")
    if source.image_url is not None:
        raise UrlBlocked("URL input is off: this deployment allows no host", pointer=f"{pointer}/image_url")
    raise S3Blocked("S3 input is off: this deployment allows no bucket", pointer=f"{pointer}/s3")


def from_base64(text: str, pointer: str) -> Picture:
    """The bytes of base64 text that stands at `pointer`. Raises InvalidBase64."""
    try:
        return Picture(decode_base64(text), pointer)
    except InvalidBase64 as error:
        error.pointer = pointer
        raise
