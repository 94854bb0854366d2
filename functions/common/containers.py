"""The file structure of JPEG, PNG and WebP, checked before a decoder spends anything on it.

Pillow takes structure on trust: it passes over the checksums of a PNG's pixel data, decodes as many JPEG scans as a
file holds (each a pass over the whole picture, for a few dozen bytes), and is quadratic in small segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from functions.common import jpeg_segments, png_chunks
from functions.common.errors import ImageCorrupt, ImageTruncated, UnsupportedImage

Format = Literal["JPEG", "PNG", "WEBP"]
ACCEPTED_FORMATS: Final[tuple[Format, ...]] = ("JPEG", "PNG", "WEBP")

_OTHER_PICTURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
)
# By the brand behind "ftyp", with which all files of this family begin (ISO/IEC 14496-12); the rest is mostly video.
_BRANDS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"avif", "an AVIF picture"),
    (b"avis", "an AVIF picture"),
    (b"hei", "a HEIC picture"),
    (b"hev", "a HEIC picture"),
    (b"mif1", "an AVIF or HEIC picture"),
    (b"msf1", "an AVIF or HEIC picture"),
    (b"", "a video or another file of its kind"),
)
_NO_PICTURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"<", "HTML, SVG or other markup"),
    (b"\xef\xbb\xbf<", "HTML, SVG or other markup"),
    (b"/9j/", "base64 text, so the picture was encoded twice"),
    (b"_9j_", "base64 text, so the picture was encoded twice"),
    (b"iVBOR", "base64 text, so the picture was encoded twice"),
    (b"UklGR", "base64 text, so the picture was encoded twice"),
    (b"data:", "a data URI, so the picture was encoded twice"),
)
# Each holds up to 64 KB.
_MAX_METADATA: Final = 64


@dataclass(frozen=True, slots=True)
class Container:
    """What the header of a file with sound structure says."""

    format: Format
    width: int
    height: int


def inspect(data: bytes) -> Container:
    """The format and size of a picture file. Raises UnsupportedImage, ImageTruncated, ImageCorrupt."""
    if not data:
        raise ImageTruncated("the picture is empty")
    if data.startswith(jpeg_segments.SIGNATURE):
        container = Container("JPEG", *jpeg_segments.frame_size(data))
    elif data.startswith(png_chunks.SIGNATURE):
        container = Container("PNG", *png_chunks.header_size(data))
    elif data.startswith(b"RIFF") and b"WEBP".startswith(data[8:12]):
        container = Container("WEBP", *_webp_size(data))
    elif any(magic.startswith(data) for magic in (jpeg_segments.SIGNATURE, png_chunks.SIGNATURE, b"RIFF")):
        raise _truncated()
    else:
        raise _unsupported(data)
    if not container.width or not container.height:
        raise ImageCorrupt("the picture has no pixels")
    return container


def without_profiles(data: bytes, file_format: Format) -> bytes:
    """The file, inspected before, without the color profiles that Pillow would fail over; no profile is used here.

    A PNG's intact profiles stay, so that what they inflate to is still checked. Of a JPEG's EXIF and XMP segments only
    the first few stay: Pillow copies all of them again for each one more.
    """
    unused: list[tuple[int, int]] = []
    if file_format == "JPEG":
        segments = [*jpeg_segments.segments(data)]
        metadata = [segment for segment in segments if segment.marker == jpeg_segments.METADATA][_MAX_METADATA:]
        profiles = [segment for segment in segments if segment.marker == jpeg_segments.PROFILE]
        unused = sorted((segment.start, segment.end) for segment in (*metadata, *profiles))
    elif file_format == "PNG":
        chunks = png_chunks.chunks(data)
        unused = [(chunk.start, chunk.end) for chunk in chunks if png_chunks.is_damaged_profile(chunk)]
    return _without(data, unused)


def _without(data: bytes, parts: list[tuple[int, int]]) -> bytes:
    if not parts:
        return data
    ends = [0, *(end for _, end in parts)]
    return b"".join(
        data[end:start] for end, start in zip(ends, [*(start for start, _ in parts), len(data)], strict=True)
    )


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a picture, in an accepted format or not."""
    others = tuple(signature for signature, _ in _OTHER_PICTURES)
    # "ftyp" begins AVIF and HEIC.
    return data.startswith((jpeg_segments.SIGNATURE, png_chunks.SIGNATURE, b"RIFF", *others)) or data[4:8] == b"ftyp"


def _webp_size(data: bytes) -> tuple[int, int]:
    """Reads the canvas size of the three kinds of WebP (RFC 9649, 2.5 to 2.7)."""
    if len(data) < 25 or len(data) < 8 + int.from_bytes(data[4:8], "little"):
        raise _truncated()
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    raise ImageCorrupt("the picture's header is damaged")


def _truncated() -> ImageTruncated:
    return ImageTruncated("the picture's data ends too early")


def _unsupported(data: bytes) -> UnsupportedImage:
    accepted = "JPEG, PNG and WebP are accepted"
    if data[4:8] == b"ftyp":
        name = next(name for brand, name in _BRANDS if data[8:12].startswith(brand))
        return UnsupportedImage(f"these bytes are {name}; {accepted}")
    start = data[:512].lstrip()
    for signature, name in (*_OTHER_PICTURES, *_NO_PICTURES):
        if start.startswith(signature):
            return UnsupportedImage(f"these bytes are {name}; {accepted}")
    return UnsupportedImage(f"these bytes are not a picture in a known format; {accepted}")
