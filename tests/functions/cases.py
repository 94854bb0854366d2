"""What a case of bad input is, and short ways to write one."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tests.functions.calls import Call, with_picture
from tests.functions.pictures import png

Data: TypeAlias = bytes | Callable[[], bytes]
"""What is large is made when it is needed."""

MALFORMED = (400, "malformed_json")
HEADER = (400, "malformed_header")
METHOD = (405, "method_not_allowed")
URL = (403, "url_blocked")
S3 = (403, "s3_blocked")
NOT_FOUND = (404, "not_found")
TOO_LARGE = (413, "payload_too_large")
MEDIA_TYPE = (415, "unsupported_media_type")
NO_PICTURE = (415, "unsupported_image")
INVALID = (422, "invalid_request")
UNKNOWN = (422, "unknown_filter")
NOT_BASE64 = (422, "invalid_base64")
PIXELS = (422, "image_too_many_pixels")
CUT_SHORT = (422, "image_truncated")
CORRUPT = (422, "image_corrupt")


@dataclass(frozen=True)
class Case:
    """A request, and the status and code it must be answered with."""

    name: str
    call: Callable[[], Call]
    expected: tuple[int, str]
    detail: str = ""
    """What the answer's wording says, in part."""


@dataclass(frozen=True)
class OddCase:
    """A request that looks odd and is right: it scores as another does, with these warnings if they are known."""

    name: str
    call: Callable[[], Call]
    same_as: Callable[[], Call]
    warnings: tuple[str, ...] | None = ()
    tolerance: float = 0.0
    """Largest difference of a logit, where the format itself is not exact."""


def body(content: Data, path: str = "/detect", **headers: str) -> Callable[[], Call]:
    """This as the body of a JSON request."""
    return lambda: Call(path, _bytes(content), headers=headers)


def document(path: str = "/detect", **given: Any) -> Callable[[], Call]:
    """These fields alone."""
    return lambda: Call(path, json.dumps(given).encode())


def fields(path: str = "/detect", **given: Any) -> Callable[[], Call]:
    """These fields beside a sound picture."""
    return lambda: with_picture(png(), path, **given)


def fields_of(data: bytes, path: str, **given: Any) -> Callable[[], Call]:
    """These fields beside this for a picture."""
    return lambda: with_picture(data, path, **given)


def align(**given: Any) -> Callable[[], Call]:
    """These fields beside a sound picture, for /align."""
    return fields("/align", **given)


def text(value: str, path: str = "/detect") -> Callable[[], Call]:
    """This as `image_base64`."""
    return document(path, image_base64=value)


def image(data: Data) -> Callable[[], Call]:
    """This as the picture, in base64."""
    return lambda: with_picture(_bytes(data))


def raw(
    data: Data, media_type: str = "image/png", query: str = "", path: str = "/detect", **headers: str
) -> Callable[[], Call]:
    """This as the picture, by itself."""
    return lambda: Call(path, _bytes(data), content_type=media_type, query=query, headers=headers)


def changed(**changes: Any) -> Callable[[], Call]:
    """A sound request, but for these changes."""
    return lambda: replace(with_picture(png()), **changes)


def host(value: str) -> Callable[[], Call]:
    return changed(headers={"host": value})


def _bytes(data: Data) -> bytes:
    return data if isinstance(data, bytes) else data()
