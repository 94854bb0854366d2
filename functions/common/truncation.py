"""Pictures whose pixels end early inside a file that is whole otherwise.

No decoder reports it: the rows a PNG lacks stay zero, and the blocks a JPEG lacks become mid-grey. So every picture is
checked for such an end, which costs next to nothing, and only one that has it is examined more closely.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Final

from PIL import Image

from functions.common import png_chunks
from functions.common.containers import Container
from functions.common.errors import ImageCorrupt
from functions.common.jpeg_segments import first_scan_end

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# First column and row, then steps, of each pass of an interlaced PNG (PNG specification, 8.2).
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_BLOCK_BYTES: Final = 1 << 16
_MID_GREY: Final = frozenset({127, 128})
# Coded data of no meaning, and every restart marker: decoded where blocks are missing, else passed over.
_FILLER: Final = b"".join(bytes(range(1, 250)) + bytes([0xFF, restart]) for restart in range(0xD0, 0xD8))
_END: Final = b"\xff\xd9"


def ends_early(image: Image.Image, data: bytes, container: Container) -> bool:
    """Whether `data`, decoded to `image` as its file stores it, holds fewer pixels than it says.

    Certain for PNG. That a JPEG lacks its last few blocks, or part of a progressive one's later scans, goes unnoticed:
    they change next to nothing. Raises ImageCorrupt.
    """
    if container.format == "PNG":
        return _last_row_is_zero(image, data) and _png_bytes_missing(data)
    if container.format == "JPEG":
        return _corner_is_grey(image) and _jpeg_blocks_missing(data)
    return False  # libwebp does say so


def _last_row_is_zero(image: Image.Image, data: bytes) -> bool:
    interlaced = data[28]
    last = image.crop((0, image.height - 1, image.width, image.height))
    return bool(interlaced) or not any(last.tobytes())


def _png_bytes_missing(data: bytes) -> bool:
    left = _png_size(data)
    inflate = zlib.decompressobj()
    for chunk in png_chunks.chunks(data):
        waiting: bytes | memoryview = chunk.payload if chunk.name == b"IDAT" else b""
        while waiting and left > 0 and not inflate.eof:
            try:
                left -= len(inflate.decompress(waiting, _BLOCK_BYTES))
            except zlib.error as error:
                # Pillow passes over the stream's own checksum.
                raise ImageCorrupt("the picture's data is damaged") from error
            waiting = inflate.unconsumed_tail
    return left > 0


def _png_size(data: bytes) -> int:
    """Bytes of all scan lines, each with its filter's number in front."""
    width, height, depth, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    bits = depth * _CHANNELS[kind]
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _corner_is_grey(image: Image.Image) -> bool:
    corner = image.getpixel((image.width - 1, image.height - 1))
    return {*corner} <= _MID_GREY if isinstance(corner, tuple) else corner in _MID_GREY


def _jpeg_blocks_missing(data: bytes) -> bool:
    """Whether the first scan has room for more coded data: appended to it, that changes the picture or breaks it.

    Decoded at an eighth of the size. The later scans, each a pass over all blocks, would change both results alike.
    """
    scan = data[: first_scan_end(data)]
    return _small(scan + _END) != _small(scan + _FILLER + _END)


def _small(data: bytes) -> bytes | None:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        image.draft(None, (1, 1))
        try:
            return image.tobytes()
        except OSError:
            return None
