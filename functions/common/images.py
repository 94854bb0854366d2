"""Bytes from anyone to an upright RGB picture, within limits, or a BadImage that says what is wrong."""

from __future__ import annotations

import base64
import binascii
import io
import re
import threading
import traceback
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, ImageFile

from functions.common import pixels, webp_frames
from functions.common.containers import Container, Format, inspect, without_profiles
from functions.common.errors import ImageCorrupt, ImageTooManyPixels, ImageTruncated, InvalidBase64
from functions.common.truncation import ends_early

_DATA_URI: Final = re.compile(r"data:[^,]{0,256};base64,", re.IGNORECASE)
_URL: Final = re.compile(r"[a-z0-9]{1,16}://", re.IGNORECASE)
_BASE64_JUNK: Final = str.maketrans({"-": "+", "_": "/", "\n": None, "\r": None, " ": None, "\t": None})
_PNG_BIT_DEPTH_OFFSET: Final = 24
_ENDS_EARLY: Final = "the picture ends before its last row"
_DAMAGED: Final = "the picture's data is damaged"
# The longest JPEG can hold. Resizing takes memory in proportion to the longer side, however short the other is.
MAX_SIDE_PIXELS: Final = 65_535
# Decoding takes up to 12 bytes a pixel. A process that serves several requests does it for one picture of more than
# this size at a time: camera photographs are smaller.
_LARGE_PIXELS: Final = 1 << 24
_LARGE: Final = threading.Lock()

WarningCode = Literal["animated_first_frame", "orientation_ignored"]


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What a picture may cost before it is looked at."""

    max_pixels: int


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An upright RGB picture, and what there is to say about how it was read."""

    rgb: Image.Image
    format: Format
    warnings: tuple[WarningCode, ...]


def decode_base64(text: str) -> bytes:
    """Bytes of plain or URL-safe base64, with or without a data URI prefix, line breaks and padding as they should be.

    Raises InvalidBase64.
    """
    prefix = _DATA_URI.match(text)
    if prefix:
        text = text[prefix.end() :]
    elif text[:5].lower() == "data:":
        raise InvalidBase64("the data URI must have the form data:<type>;base64,<data>")
    elif _URL.match(text):
        raise InvalidBase64("the text is a URL, not a picture in base64")
    text = text.translate(_BASE64_JUNK)
    symbols = len(text.rstrip("="))
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBase64("the text has characters or padding that base64 does not allow") from error
    if len(text) - symbols != -symbols % 4:
        # Python takes more padding than there should be.
        raise InvalidBase64("the text has more padding than base64 allows")
    if not data:
        raise InvalidBase64("the text is empty")
    return data


def decode(data: bytes, limits: ImageLimits) -> DecodedImage:
    """Reads JPEG, PNG or WebP; turns it upright (EXIF), lays transparency on white, keeps the first frame.

    Raises UnsupportedImage, ImageTooManyPixels, ImageTruncated, ImageCorrupt.
    """
    try:
        return _decode(data, limits)
    except Exception as error:
        _release(error)
        raise


def _decode(data: bytes, limits: ImageLimits) -> DecodedImage:
    container = inspect(data)
    _check_size(container, limits)
    data = without_profiles(data, container.format)
    with _LARGE if container.width * container.height > _LARGE_PIXELS else nullcontext():
        return _upright_rgb(data, container)


def _upright_rgb(data: bytes, container: Container) -> DecodedImage:
    notes: list[WarningCode] = []
    with warnings.catch_warnings():
        # Limits of our own decide; Pillow's warnings about size, EXIF or palette concern no caller.
        warnings.simplefilter("ignore")
        image, animated = _read(data, container)
        if animated:
            notes.append("animated_first_frame")
        if ends_early(image, data, container):
            raise ImageTruncated(_ENDS_EARLY)
        if container.format == "PNG":
            pixels.scale_transparent_color(image, data[_PNG_BIT_DEPTH_OFFSET])
        try:
            turn = pixels.turn(image)
        except pixels.UnreadableOrientation:
            notes.append("orientation_ignored")
            turn = None
        rgb = pixels.to_rgb(image)
        if rgb is not image:
            # Before the next copy is made: a picture of the largest size takes 160 MB.
            image.close()
    return DecodedImage(
        rgb=rgb if turn is None else rgb.transpose(turn), format=container.format, warnings=tuple(notes)
    )


def _check_size(container: Container, limits: ImageLimits) -> None:
    total, longer = container.width * container.height, max(container.width, container.height)
    if total > limits.max_pixels:
        raise ImageTooManyPixels(
            f"the picture has {total} pixels; the limit is {limits.max_pixels}", limit=limits.max_pixels, actual=total
        )
    if longer > MAX_SIDE_PIXELS:
        raise ImageTooManyPixels(
            f"the picture's longer side has {longer} pixels; the limit is {MAX_SIDE_PIXELS}",
            limit=MAX_SIDE_PIXELS,
            actual=longer,
        )


def _read(data: bytes, container: Container) -> tuple[Image.Image, bool]:
    """The picture as its file stores it, and whether others follow it that are to be shown in its place."""
    if container.format == "WEBP":
        try:
            image, frames = webp_frames.read(data, (container.width, container.height))
        except MemoryError:
            raise
        except Exception as error:
            raise ImageCorrupt(_DAMAGED) from error
        return image, frames > 1
    opened = _open(data, container)
    _load(opened)
    # The first picture of a multi-picture JPEG, as phones write them, is the photograph, not a frame.
    return opened, container.format == "PNG" and getattr(opened, "is_animated", False)


def _open(data: bytes, container: Container) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=(container.format,))
    except MemoryError:
        raise
    except Exception as error:
        # Pillow raises UnidentifiedImageError, SyntaxError, ValueError, struct.error and more on damaged headers.
        raise ImageCorrupt("the picture's header is damaged") from error
    if image.size != (container.width, container.height):
        raise ImageCorrupt("the picture's header gives more than one size")
    return image


def _load(image: Image.Image) -> None:
    try:
        image.load()
    except MemoryError:
        raise
    except OSError as error:
        # Pillow has no error class of its own for this; the wording is the only sign there is.
        if "truncated" in str(error).lower():
            raise ImageTruncated(_ENDS_EARLY) from error
        raise ImageCorrupt(_DAMAGED) from error
    except Exception as error:
        # SyntaxError, ValueError (bombs in text chunks), EOFError and more.
        raise ImageCorrupt(_DAMAGED) from error


def _release(error: BaseException | None) -> None:
    """Empties the frames that an error came through.

    On its way to the caller the error is held by a future, and one of those frames refers to that future: a cycle. All
    that a decoder had made, up to 480 MB, would stay until the garbage collector runs, perhaps after the next picture.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


# Above 32 MB, the largest allocation that the C library may keep for itself once it is freed, so that a large picture's
# memory goes back to the system. Of blocks of Pillow's default, 16 MB, it kept 150 MB for a picture at the limit.
Image.core.set_block_size(1 << 26)  # type: ignore[attr-defined]  # as documented
# A picture cut short is refused, never padded with grey.
ImageFile.LOAD_TRUNCATED_IMAGES = False
