"""Bytes from anyone to an upright RGB picture, within limits, or a BadImage that says what is wrong."""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from functions.common.errors import (
    ImageCorrupt,
    ImageTooManyPixels,
    ImageTruncated,
    InvalidBase64,
    UnsupportedImage,
)

ACCEPTED_FORMATS: Final = ("JPEG", "PNG", "WEBP")

_DATA_URI: Final = re.compile(r"data:[^,]{0,256};base64,", re.IGNORECASE)
_BASE64_JUNK: Final = str.maketrans({"-": "+", "_": "/", "\n": None, "\r": None, " ": None, "\t": None})

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
    (b"<", "HTML, SVG or other markup"),
    (b"/9j/", "base64 text, so it was encoded twice"),
    (b"iVBOR", "base64 text, so it was encoded twice"),
    (b"UklGR", "base64 text, so it was encoded twice"),
)

WarningCode = Literal["animated_first_frame", "orientation_ignored"]


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What a picture may cost before it is looked at."""

    max_pixels: int


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An upright RGB picture, and what there is to say about how it was read."""

    rgb: Image.Image
    format: str
    warnings: tuple[WarningCode, ...]


def decode_base64(text: str) -> bytes:
    """Bytes of plain or URL-safe base64, with or without a data URI prefix, line breaks and padding as they should be.

    Raises InvalidBase64.
    """
    prefix = _DATA_URI.match(text)
    if prefix:
        text = text[prefix.end() :]
    elif text[:5].lower() == "data:":
        raise InvalidBase64("the data URI is not of the form data:<type>;base64,<data>")
    try:
        data = base64.b64decode(text.translate(_BASE64_JUNK), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBase64("the text has characters or padding that base64 does not have") from error
    if not data:
        raise InvalidBase64("the text is empty")
    return data


def decode(data: bytes, limits: ImageLimits) -> DecodedImage:
    """Reads JPEG, PNG or WebP; turns it upright (EXIF), lays transparency on white, keeps the first frame.

    Raises UnsupportedImage, ImageTooManyPixels, ImageTruncated, ImageCorrupt.
    """
    with warnings.catch_warnings():
        # Limits of our own decide; Pillow's warnings about size, EXIF or palette concern no caller.
        warnings.simplefilter("ignore")
        image = _open(data)
        with image:
            pixels = image.width * image.height
            if pixels > limits.max_pixels:
                raise ImageTooManyPixels(
                    f"the picture has {pixels} pixels, the limit is {limits.max_pixels}",
                    limit=limits.max_pixels,
                    actual=pixels,
                )
            notes: list[WarningCode] = []
            if getattr(image, "is_animated", False) and image.format != "MPO":
                notes.append("animated_first_frame")
            _load(image)
            upright = _upright(image, notes)
            rgb = to_rgb(upright)
    return DecodedImage(rgb=rgb, format="JPEG" if image.format == "MPO" else str(image.format), warnings=tuple(notes))


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB of any mode the accepted formats decode to: 16 bit is rescaled, transparency lies on white."""
    if image.mode.startswith("I"):
        # 16-bit grey; a plain convert would clip everything above 255 to white.
        grey = np.asarray(image, dtype=np.float64) / 257.0
        image = Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        canvas = Image.new("RGBA", rgba.size, "white")
        canvas.alpha_composite(rgba)
        image = canvas
    return image if image.mode == "RGB" else image.convert("RGB")


def _open(data: bytes) -> Image.Image:
    try:
        # A JPEG with a multi-picture header, as phones write them, opens as MPO, whose first picture is the photograph.
        # Pillow comes to it through JPEG and knows no opener of that name: naming it here raises KeyError.
        return Image.open(io.BytesIO(data), formats=ACCEPTED_FORMATS)
    except UnidentifiedImageError as error:
        raise _unidentified(data) from error
    except Image.DecompressionBombError as error:
        raise ImageTooManyPixels("the picture's header asks for more pixels than any limit allows") from error
    except Exception as error:
        # Pillow raises SyntaxError, ValueError, struct.error and more on damaged headers.
        raise ImageCorrupt("the picture's header is damaged") from error


def _load(image: Image.Image) -> None:
    try:
        image.load()
    except OSError as error:
        # Pillow has no error class of its own for this; the wording is the only sign there is.
        if "truncated" in str(error).lower():
            raise ImageTruncated("the picture ends before its last row") from error
        raise ImageCorrupt("the picture's data is damaged") from error
    except MemoryError:
        raise
    except Exception as error:
        # As above: SyntaxError on a bad CRC, ValueError on bombs in text chunks.
        raise ImageCorrupt("the picture's data is damaged") from error


def _upright(image: Image.Image, notes: list[WarningCode]) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - a damaged EXIF block must not cost the picture
        notes.append("orientation_ignored")
        return image


def _unidentified(data: bytes) -> UnsupportedImage | ImageCorrupt | ImageTruncated:
    if not data:
        return ImageTruncated("the picture has no bytes")
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return ImageCorrupt("the picture starts as an accepted format but its header is damaged")
    accepted = "JPEG, PNG and WebP are accepted"
    start = data[:512].lstrip()
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return UnsupportedImage(f"these bytes are {name}; {accepted}")
    return UnsupportedImage(f"these bytes are no picture in a known format; {accepted}")


# A picture cut short is refused, never padded with grey.
ImageFile.LOAD_TRUNCATED_IMAGES = False
