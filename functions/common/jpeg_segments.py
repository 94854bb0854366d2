"""The segments of a JPEG, followed without decoding any (ITU T.81, B.1.1)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions.common.errors import ImageCorrupt, ImageTruncated, UnsupportedImage

SIGNATURE: Final = b"\xff\xd8\xff"
# Progressive encoders write about 10 scans, the most thorough of them fewer than 25.
MAX_SCANS: Final = 32
MAX_SEGMENTS: Final = 2048
MAX_PADDING_BYTES: Final = 65_536
# APP1: EXIF, XMP.
METADATA: Final = 0xE1
# APP2, which also leads to the other pictures of a file.
PROFILE: Final = 0xE2

# Neither stuffed zeros, nor fill bytes, nor restart markers: those stand within a scan.
_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8, 0xD9})
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
# Baseline, extended sequential, progressive. Arithmetic, lossless and hierarchical coding are read by few programs.
_ACCEPTED: Final = frozenset({0xC0, 0xC1, 0xC2})
_PROGRESSIVE: Final = 0xC2
_SCAN: Final = 0xDA
_END: Final = 0xD9
_ALL_COEFFICIENTS: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker and what belongs to it."""

    marker: int
    start: int
    """Of the marker."""
    end: int
    payload: memoryview
    padding: int
    """Bytes between the segment before and this one: those of a scan, if that was one."""


def segments(data: bytes) -> Iterator[Segment]:
    """Those of the first picture, its end marker the last; phones append others behind it. Raises ImageTruncated."""
    view, position = memoryview(data), 0
    marker = 0
    while marker != _END:
        found = _MARKER.search(data, position)
        if found is None:
            raise _cut_short()
        marker, padding, position = found[1][0], found.start() - position, found.end()
        length = 0
        if marker not in _WITHOUT_LENGTH:
            length = int.from_bytes(data[position : position + 2])
            if position + max(length, 2) > len(data):
                raise _cut_short()
        yield Segment(marker, found.start(), position + length, view[position + 2 : position + length], padding)
        position += length


def frame_size(data: bytes) -> tuple[int, int]:
    """Width and height, once all segments are there. Raises UnsupportedImage, ImageTruncated, ImageCorrupt."""
    size: tuple[int, int] | None = None
    missing: dict[int, int] = {}
    progressive = False
    scans = padding = 0
    for number, segment in enumerate(segments(data)):
        if segment.marker == _END:
            break
        if not scans:
            padding += segment.padding
        if segment.marker in _FRAMES and not scans:
            if segment.marker not in _ACCEPTED or segment.payload[:1].tobytes() != b"\x08":
                raise UnsupportedImage("the only JPEG accepted is 8-bit, sequential or progressive, Huffman-coded")
            height, width, count = struct.unpack_from(">xHHB", segment.payload.tobytes().ljust(6, b"\0"))
            size, progressive = (width, height), segment.marker == _PROGRESSIVE
            missing = dict.fromkeys(segment.payload[6 : 6 + 3 * count : 3], _ALL_COEFFICIENTS)
        elif segment.marker == _SCAN:
            scans += 1
            components, coefficients = _begun(segment.payload, progressive=progressive)
            missing |= {name: missing[name] & ~coefficients for name in components if name in missing}
        _refuse_more_than(MAX_SCANS, scans, "scans")
        _refuse_more_than(MAX_SEGMENTS, number + 1, "segments")
        _refuse_more_than(MAX_PADDING_BYTES, padding, "bytes of padding")
    if size is None or not scans:
        raise ImageCorrupt("the picture has no frame or no scan")
    if any(missing.values()):
        raise _cut_short()
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


def first_scan_end(data: bytes) -> int:
    """Where the first scan of a JPEG that was inspected ends."""
    scanned = False
    for segment in segments(data):
        if scanned:
            return segment.start
        scanned = segment.marker == _SCAN
    raise ImageCorrupt("the picture has no scan")


def _refuse_more_than(limit: int, actual: int, what: str) -> None:
    if actual > limit:
        raise ImageCorrupt(
            f"the picture has at least {actual} {what}; the limit is {limit}", limit=limit, actual=actual
        )


def _cut_short() -> ImageTruncated:
    return ImageTruncated("the picture's data ends too early")
