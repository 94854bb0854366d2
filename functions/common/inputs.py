"""A request that carries one picture: as JSON, or as raw image bytes with the options in the query string."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from functions.common import requests
from functions.common.bodies import read_json
from functions.common.deadline import Deadline
from functions.common.errors import (
    BadImage,
    ImageTruncated,
    InvalidBase64,
    S3Blocked,
    UrlBlocked,
)
from functions.common.images import decode_base64
from functions.common.sources import Sources
from functions.common.stages import Stages
from functions.common.validation import query_document, query_values, validate
from functions.common.wire import ImageSource, S3Object

Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes as they came, and the JSON Pointer to where they stood."""

    data: bytes
    pointer: str | None


@dataclass(frozen=True, slots=True)
class RemotePicture:
    """A picture that may be fetched, and the JSON Pointer to what names it."""

    fetch: Callable[[Deadline | None], bytes]
    pointer: str

    def read(self, stages: Stages, latest: Deadline | None = None) -> Picture:
        """The picture, before the fetch's own deadline and `latest`; blocks. Raises ServiceError."""
        with stages.measure("fetch"):
            try:
                return Picture(self.fetch(latest), self.pointer)
            except BadImage as error:
                error.pointer = self.pointer
                raise


async def read_picture(
    request: Request, model: type[ImageSource], options: type[Options], max_bytes: int, sources: Sources
) -> tuple[Picture | RemotePicture, Options]:
    """The picture and the options of a request. `model` is `options` with an image source. Raises ServiceError."""
    if requests.media_type(request.headers).startswith("image/"):
        query = query_document(options, query_values(request.query_params))
        chosen = validate(options, query, from_query=True)
        data = await requests.read_body(request, max_bytes)
        if not data:
            raise ImageTruncated("the picture is empty")
        return Picture(data, None), chosen
    parsed = await read_json(request, model, max_bytes, "application/json, or a picture's bytes as image/*")
    assert isinstance(parsed, options)  # noqa: S101 - how the request models are built
    return picture_of(parsed, sources), parsed


def picture_of(source: ImageSource, sources: Sources, pointer: str = "") -> Picture | RemotePicture:
    """The picture behind an image source that stands at `pointer`; nothing is fetched yet. Raises BadImage."""
    if source.image_base64 is not None:
        return from_base64(source.image_base64, f"{pointer}/image_base64")
    try:
        if source.image_url is not None:
            pointer = f"{pointer}/image_url"
            return RemotePicture(_fetch_url(source.image_url, sources), pointer)
        assert source.s3 is not None  # noqa: S101 - a source is one of three
        pointer = f"{pointer}/s3"
        return RemotePicture(_fetch_object(source.s3, sources), pointer)
    except BadImage as error:
        error.pointer = pointer
        raise


def from_base64(text: str, pointer: str) -> Picture:
    """The bytes of base64 text that stands at `pointer`. Raises InvalidBase64."""
    try:
        return Picture(decode_base64(text), pointer)
    except InvalidBase64 as error:
        error.pointer = pointer
        raise


def _fetch_url(text: str, sources: Sources) -> Callable[[Deadline | None], bytes]:
    downloads = sources.downloads
    if downloads is None:
        raise UrlBlocked("URL input is off: this deployment allows no hosts")
    return partial(downloads.fetch, downloads.check(text))


def _fetch_object(place: S3Object, sources: Sources) -> Callable[[Deadline | None], bytes]:
    objects = sources.objects
    if objects is None:
        raise S3Blocked("S3 input is off: this deployment allows no buckets")
    objects.check(place)
    return partial(objects.fetch, place)
