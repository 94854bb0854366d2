"""The chunks of a PNG, followed without decoding any (PNG specification, 5.3)."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions.common.errors import ImageCorrupt, ImageTruncated

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS: Final = 65_536
# Each may inflate to 1 MB before Pillow refuses it, and Pillow's limit on their sum leaves out those that it skips: a
# profile after the first, a text that ends in garbage.
MAX_PACKED_CHUNKS: Final = 128

_PACKED: Final = frozenset({b"iCCP", b"iTXt", b"zTXt"})
# A name and a compression method, of which there is one (PNG specification, 11.3.2.3).
_PROFILE: Final = re.compile(rb"[^\0]{1,79}\0\0")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a PNG: its place in the file and, between name and checksum, what it holds."""

    name: bytes
    start: int
    end: int
    payload: memoryview


def chunks(data: bytes) -> Iterator[Chunk]:
    """All of them, to the last. Raises ImageTruncated."""
    view, position, name = memoryview(data), len(SIGNATURE), b""
    while name != b"IEND":
        if position + 12 > len(data):
            raise _cut_short()
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise _cut_short()
        yield Chunk(name, position, end, view[position + 8 : end - 4])
        position = end


def header_size(data: bytes) -> tuple[int, int]:
    """Width and height, once every chunk's checksum has been compared. Raises ImageTruncated, ImageCorrupt."""
    view, packed = memoryview(data), 0
    for number, chunk in enumerate(chunks(data)):
        packed += chunk.name in _PACKED
        if number == MAX_CHUNKS:
            raise _too_many(MAX_CHUNKS, "chunks")
        if packed > MAX_PACKED_CHUNKS:
            raise _too_many(MAX_PACKED_CHUNKS, "compressed texts and profiles")
        if zlib.crc32(view[chunk.start + 4 : chunk.end - 4]) != int.from_bytes(view[chunk.end - 4 : chunk.end]):
            raise ImageCorrupt("a checksum in the picture is wrong")
        if number == 0 and (chunk.name, len(chunk.payload)) != (b"IHDR", 13):
            raise ImageCorrupt("the picture does not begin with its header")
    width, height = struct.unpack_from(">II", data, len(SIGNATURE) + 8)
    return width, height


def is_damaged_profile(chunk: Chunk) -> bool:
    """Whether it is a color profile that does not begin like one."""
    return chunk.name == b"iCCP" and not _PROFILE.match(chunk.payload)


def _too_many(limit: int, what: str) -> ImageCorrupt:
    return ImageCorrupt(f"the picture has more than {limit} {what}, which is the limit", limit=limit)


def _cut_short() -> ImageTruncated:
    return ImageTruncated("the picture's data ends too early")
