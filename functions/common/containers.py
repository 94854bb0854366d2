"""The file structure of JPEG, PNG and WebP, checked before a decoder spends anything on it.

Pillow takes structure on trust: it passes over the checksums of a PNG's pixel data, decodes as many JPEG scans as a
file holds (each a pass over the whole picture, for a few dozen bytes), and is quadratic in small segments.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from functions.common.errors import ImageCorrupt, ImageTruncated, UnsupportedImage

Format = Literal["JPEG", "PNG", "WEBP"]
ACCEPTED_FORMATS: Final[tuple[Format, ...]] = ("JPEG", "PNG", "WEBP")

# Progressive encoders write about 10 scans, the most thorough of them fewer than 25.
MAX_JPEG_SCANS: Final = 32
MAX_JPEG_SEGMENTS: Final = 2048
MAX_JPEG_PADDING_BYTES: Final = 65_536
MAX_PNG_CHUNKS: Final = 65_536

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
# Neither stuffed zeros, nor fill bytes, nor restart markers: those stand within a scan.
_JPEG_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_JPEG_WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8, 0xD9})
_JPEG_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
# Baseline, extended sequential, progressive. Arithmetic, lossless and hierarchical coding are read by few programs.
_JPEG_ACCEPTED: Final = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_PROGRESSIVE: Final = 0xC2
_JPEG_SCAN: Final = 0xDA
# APP2, which also leads to the other pictures of a file.
_JPEG_PROFILE: Final = 0xE2
_JPEG_END: Final = 0xD9
_ALL_COEFFICIENTS: Final = (1 << 64) - 1

# A name and a compression method, of which there is one (PNG specification, 11.3.2.3).
_PNG_PROFILE: Final = re.compile(rb"[^\0]{1,79}\0\0")

_OTHER_PICTURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop document"),
)
_NO_PICTURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"<", "HTML, SVG or other markup"),
    (b"\xef\xbb\xbf<", "HTML, SVG or other markup"),
    (b"/9j/", "base64 text, so it was encoded twice"),
    (b"iVBOR", "base64 text, so it was encoded twice"),
    (b"UklGR", "base64 text, so it was encoded twice"),
    (b"data:", "a data URI, so it was encoded twice"),
)


@dataclass(frozen=True, slots=True)
class Container:
    """What the header of a file with sound structure says."""

    format: Format
    width: int
    height: int


def inspect(data: bytes) -> Container:
    """The format and size of a picture file. Raises UnsupportedImage, ImageTruncated, ImageCorrupt."""
    if not data:
        raise ImageTruncated("the picture has no bytes")
    if data.startswith(_JPEG):
        container = Container("JPEG", *_jpeg_size(data))
    elif data.startswith(PNG_SIGNATURE):
        container = Container("PNG", *_png_size(data))
    elif data.startswith(b"RIFF") and b"WEBP".startswith(data[8:12]):
        container = Container("WEBP", *_webp_size(data))
    elif any(magic.startswith(data) for magic in (_JPEG, PNG_SIGNATURE, b"RIFF")):
        raise _truncated()
    else:
        raise _unsupported(data)
    if not container.width or not container.height:
        raise ImageCorrupt("the picture has no pixels")
    return container


def without_profiles(data: bytes, file_format: Format) -> bytes:
    """The file, inspected before, without the color profiles that Pillow would fail over; no profile is used here.

    Sound ones of a PNG stay, so that what they inflate to is looked at.
    """
    if file_format == "JPEG":
        unused = [segment for segment in _jpeg_segments(data) if segment.marker == _JPEG_PROFILE]
        return _without(data, [(segment.start, segment.end) for segment in unused])
    if file_format == "PNG":
        unused_chunks = [
            chunk
            for chunk in png_chunks(data)
            if chunk.name == b"iCCP" and not _PNG_PROFILE.match(data, chunk.start + 8, chunk.end - 4)
        ]
        return _without(data, [(chunk.start, chunk.end) for chunk in unused_chunks])
    return data


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
    return data.startswith((_JPEG, PNG_SIGNATURE, b"RIFF", *others)) or data[4:8] == b"ftyp"


def first_scan_end(data: bytes) -> int:
    """Where the first scan of a JPEG that was inspected ends."""
    scanned = False
    for segment in _jpeg_segments(data):
        if scanned:
            return segment.start
        scanned = segment.marker == _JPEG_SCAN
    raise ImageCorrupt("the picture has no scan")


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int
    """Of the marker."""
    end: int
    payload: memoryview
    padding: int
    """Bytes between the segment before and this one: those of a scan, if that was one."""


def _jpeg_segments(data: bytes) -> Iterator[_Segment]:
    """Follows markers to the end of the first picture, past which phones append others (ITU T.81, B.1.1).

    The last segment is the end. Raises ImageTruncated.
    """
    view, position = memoryview(data), 0
    marker = 0
    while marker != _JPEG_END:
        found = _JPEG_MARKER.search(data, position)
        if found is None:
            raise _truncated()
        marker, padding, position = found[1][0], found.start() - position, found.end()
        length = 0
        if marker not in _JPEG_WITHOUT_LENGTH:
            length = int.from_bytes(data[position : position + 2])
            if position + max(length, 2) > len(data):
                raise _truncated()
        yield _Segment(marker, found.start(), position + length, view[position + 2 : position + length], padding)
        position += length


def _jpeg_size(data: bytes) -> tuple[int, int]:
    size: tuple[int, int] | None = None
    missing: dict[int, int] = {}
    progressive = False
    scans = padding = 0
    for number, segment in enumerate(_jpeg_segments(data)):
        if segment.marker == _JPEG_END:
            break
        if not scans:
            padding += segment.padding
        if segment.marker in _JPEG_FRAMES and not scans:
            if segment.marker not in _JPEG_ACCEPTED or segment.payload[:1].tobytes() != b"\x08":
                raise UnsupportedImage("only JPEG of 8 bit, sequential or progressive with Huffman codes, is accepted")
            height, width, count = struct.unpack_from(">xHHB", segment.payload.tobytes().ljust(6, b"\0"))
            size, progressive = (width, height), segment.marker == _JPEG_PROGRESSIVE
            missing = dict.fromkeys(segment.payload[6 : 6 + 3 * count : 3], _ALL_COEFFICIENTS)
        elif segment.marker == _JPEG_SCAN:
            scans += 1
            components, coefficients = _begun(segment.payload, progressive=progressive)
            missing |= {name: missing[name] & ~coefficients for name in components if name in missing}
        _refuse_more_than(MAX_JPEG_SCANS, scans, "scans")
        _refuse_more_than(MAX_JPEG_SEGMENTS, number + 1, "segments")
        _refuse_more_than(MAX_JPEG_PADDING_BYTES, padding, "bytes of padding")
    if size is None or not scans:
        raise ImageCorrupt("the picture has no frame or no scan")
    if any(missing.values()):
        raise _truncated()
    return size


def _begun(scan: memoryview, *, progressive: bool) -> tuple[set[int], int]:
    """The components of a scan, and those of their coefficients that no scan before had, as bits (ITU T.81, B.2.3).

    The specification lets a progressive picture do without some of the 64; no encoder does.
    """
    count = scan[0] if scan else 0
    first, last, precision = struct.unpack_from("BBB", scan[1 + 2 * count :].tobytes().ljust(3, b"\0"))
    if not progressive:
        first, last, precision = 0, 63, 0
    refines = precision >> 4
    return {*scan[1 : 1 + 2 * count : 2]}, 0 if refines else (2 << min(last, 63)) - (1 << min(first, 63))


@dataclass(frozen=True, slots=True)
class PngChunk:
    """A chunk of a PNG: its place in the file and, between name and checksum, what it holds."""

    name: bytes
    start: int
    end: int
    payload: memoryview


def png_chunks(data: bytes) -> Iterator[PngChunk]:
    """Follows the chunks to the last (PNG specification, 5.3). Raises ImageTruncated."""
    view, position, name = memoryview(data), len(PNG_SIGNATURE), b""
    while name != b"IEND":
        if position + 12 > len(data):
            raise _truncated()
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise _truncated()
        yield PngChunk(name, position, end, view[position + 8 : end - 4])
        position = end


def _png_size(data: bytes) -> tuple[int, int]:
    """Of the header, once every chunk's checksum has been compared."""
    view = memoryview(data)
    for number, chunk in enumerate(png_chunks(data)):
        if number == MAX_PNG_CHUNKS:
            raise ImageCorrupt(
                f"the picture has more than {MAX_PNG_CHUNKS} chunks, which is the limit", limit=MAX_PNG_CHUNKS
            )
        if zlib.crc32(view[chunk.start + 4 : chunk.end - 4]) != int.from_bytes(view[chunk.end - 4 : chunk.end]):
            raise ImageCorrupt("a checksum in the picture is wrong")
        if number == 0 and (chunk.name, len(chunk.payload)) != (b"IHDR", 13):
            raise ImageCorrupt("the picture does not begin with its header")
    width, height = struct.unpack_from(">II", data, len(PNG_SIGNATURE) + 8)
    return width, height


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


def _refuse_more_than(limit: int, actual: int, what: str) -> None:
    if actual > limit:
        raise ImageCorrupt(f"the picture has {actual} {what} or more, the limit is {limit}", limit=limit, actual=actual)


def _truncated() -> ImageTruncated:
    return ImageTruncated("the picture's data ends too early")


def _unsupported(data: bytes) -> UnsupportedImage:
    accepted = "JPEG, PNG and WebP are accepted"
    start = data[:512].lstrip()
    for signature, name in (*_OTHER_PICTURES, *_NO_PICTURES):
        if start.startswith(signature):
            return UnsupportedImage(f"these bytes are {name}; {accepted}")
    return UnsupportedImage(f"these bytes are no picture in a known format; {accepted}")
