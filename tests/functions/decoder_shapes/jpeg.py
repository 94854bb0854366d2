"""JPEG whose frames, scans and tables lie, and whose metadata leads in circles."""

import struct

from tests.functions import pictures
from tests.functions.cases import CORRUPT, CUT_SHORT, NO_PICTURE
from tests.functions.decoder_shapes.shape import Shape, patched
from tests.functions.pictures import after_start, blocks, encoded, jpeg, noise, segment

MOST = 0xFFFF_FFFF


def _sof(data: bytes, offset: int, new: bytes) -> bytes:
    """The JPEG with other bytes in its frame header, counted from the marker."""
    return patched(data, data.index(b"\xff\xc0") + offset, new)


def _scan(data: bytes, offset: int, new: bytes) -> bytes:
    """The JPEG with other bytes in its scan header, counted from the marker."""
    return patched(data, data.index(b"\xff\xda") + offset, new)


def _without(data: bytes, marker: int) -> bytes:
    """The JPEG without its segments of this kind."""
    kept, position = data[:2], 2
    while data[position + 1] != 0xDA:
        length = 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if data[position + 1] != marker:
            kept += data[position : position + length]
        position += length
    return kept + data[position:]


def _of_height_0_with_lines_after_the_scan() -> bytes:
    data = pictures.jpeg_of_size(jpeg(), 32, 0)
    return data[:-2] + segment(0xDC, struct.pack(">H", 48)) + data[-2:]


def _exif(block: bytes) -> bytes:
    return after_start(jpeg(), segment(0xE1, b"Exif\0\0" + block))


JPEG_SHAPES = [
    Shape("JPEG that tells its height later", _of_height_0_with_lines_after_the_scan(), CORRUPT),
    Shape("JPEG of arithmetic coding", _sof(jpeg(), 1, b"\xc9"), NO_PICTURE),
    Shape("progressive JPEG of arithmetic coding", _sof(jpeg(), 1, b"\xca"), NO_PICTURE),
    Shape("lossless JPEG of arithmetic coding", _sof(jpeg(), 1, b"\xcb"), NO_PICTURE),
    *(
        Shape(f"hierarchical JPEG, {marker:X}", _sof(jpeg(), 1, bytes([marker])), NO_PICTURE)
        for marker in (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF)
    ),
    Shape(
        "JPEG with a hierarchical header",
        after_start(jpeg(), segment(0xDE, struct.pack(">BHHB", 8, 9999, 9999, 1) + b"\1\x11\0")),
    ),
    Shape("JPEG of 2 components", _sof(jpeg(), 9, b"\2")),
    Shape("JPEG of 0 components", _sof(jpeg(), 9, b"\0"), CORRUPT),
    Shape("JPEG of 255 components", _sof(jpeg(), 9, b"\xff")),
    Shape("JPEG sampled 0 times", _sof(jpeg(), 11, b"\0"), CORRUPT),
    Shape("JPEG sampled 15 times", _sof(jpeg(), 11, b"\xff"), CORRUPT),
    Shape("JPEG with a table it has not", _sof(jpeg(), 12, b"\3"), CORRUPT),
    Shape("JPEG with components of one name", _sof(jpeg(), 13, b"\1")),
    Shape("JPEG of half a frame header", after_start(jpeg(), segment(0xC0, b"\x08\0"))),
    Shape("JPEG without quantization", _without(jpeg(), 0xDB), CORRUPT),
    Shape("JPEG without codes", _without(jpeg(), 0xC4)),
    Shape(
        "JPEG with more codes than fit", after_start(jpeg(), segment(0xC4, b"\0" + b"\xff" * 16 + bytes(255))), CORRUPT
    ),
    Shape("JPEG with codes of nothing", after_start(jpeg(), segment(0xC4, bytes(17)))),
    Shape("JPEG with a table of 16 bits cut short", after_start(jpeg(), segment(0xDB, b"\x10" + bytes(64))), CORRUPT),
    Shape("JPEG with quantization by 0", patched(jpeg(), jpeg().index(b"\xff\xdb") + 5, bytes(64))),
    Shape("JPEG scan of 5 components", _scan(jpeg(), 4, b"\5")),
    Shape("JPEG scan of none", _scan(jpeg(), 4, b"\0")),
    Shape("JPEG scan of an unknown component", _scan(jpeg(), 5, b"\x7f"), CUT_SHORT),
    Shape("JPEG scan with codes it has not", _scan(jpeg(), 6, b"\x33"), CORRUPT),
    Shape("progressive JPEG with a scan from 63 to 1", _scan(jpeg(progressive=True), 11, b"\x3f\1")),
    Shape("progressive JPEG that refines what is not there", _scan(jpeg(progressive=True), 13, b"\x10")),
    Shape("progressive JPEG of precision 15", _scan(jpeg(progressive=True), 13, b"\x0f")),
    Shape("JPEG with a restart after every block, it says", after_start(jpeg(noise(64, 64)), segment(0xDD, b"\0\1"))),
    Shape(
        "JPEG with restarts out of order",
        jpeg(noise(64, 64), restart_marker_blocks=1).replace(b"\xff\xd1", b"\xff\xd6"),
    ),
    Shape("JPEG with a segment of length 0", after_start(jpeg(), b"\xff\xfe\0\0")),
    Shape("JPEG with a segment of length 1", after_start(jpeg(), b"\xff\xfe\0\1")),
    Shape("JPEG with a segment beyond its end", after_start(jpeg(), b"\xff\xfe\xff\xff")),
    Shape("JPEG that starts twice", b"\xff\xd8" + jpeg()),
    Shape("JPEG with Adobe's transform 9", after_start(jpeg(), segment(0xEE, b"Adobe\0\x64\0\0\0\0\x09"))),
    Shape("JPEG with half of Adobe's marker", after_start(jpeg(), segment(0xEE, b"Adobe"))),
    Shape("JPEG with half of Photoshop's block", after_start(jpeg(), segment(0xED, b"Photoshop 3.0\x008BIM"))),
    Shape(
        "JPEG with a Photoshop block of 2^32",
        after_start(jpeg(), segment(0xED, b"Photoshop 3.0\x008BIM\3\xed\0\0" + b"\xff" * 8)),
    ),
    Shape(
        "JPEG with a thumbnail of 255 x 255 that is not there",
        after_start(jpeg(), segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\xff\xff")),
    ),
    Shape(
        "JPEG with a color profile of 255 parts, one there",
        after_start(jpeg(), segment(0xE2, b"ICC_PROFILE\0\xff\xff" + bytes(9))),
    ),
    Shape("JPEG with a color profile of 0 parts", after_start(jpeg(), segment(0xE2, b"ICC_PROFILE\0\0\0"))),
    Shape("JPEG with half a color profile's header", after_start(jpeg(), segment(0xE2, b"ICC_PROFILE\0"))),
    Shape(
        "JPEG with 5 MB of color profile",
        lambda: after_start(
            jpeg(),
            b"".join(segment(0xE2, b"ICC_PROFILE\0" + bytes([part, 80]) + bytes(65_000)) for part in range(1, 81)),
        ),
    ),
    Shape(
        "JPEG of a million pictures",
        after_start(jpeg(), segment(0xE2, b"MPF\0" + pictures.tiff_block({0xB001: 65_535}))),
    ),
    Shape(
        "MPO that leads beyond its end",
        encoded(blocks(), "MPO", save_all=True, append_images=[blocks()])[:-900] + b"\xff\xd9",
    ),
    Shape("JPEG whose EXIF follows itself", _exif(struct.pack(">2sHIHI", b"MM", 42, 8, 0, 8))),
    Shape(
        "JPEG whose EXIF directory is in itself", _exif(struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, 0x8769, 4, 1, 8, 8))
    ),
    Shape(
        "JPEG whose EXIF has 65,535 tags",
        _exif(struct.pack(">2sHIH", b"MM", 42, 8, 65_535) + b"\x01\x12\0\3\xff\xff\xff\xff\0\6\0\0" * 5000),
    ),
    Shape(
        "JPEG whose EXIF has a value of 32 GB",
        _exif(struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, 0x112, 12, MOST, 8, 0)),
    ),
    Shape("JPEG whose EXIF begins beyond its end", _exif(struct.pack(">2sHI", b"MM", 42, MOST))),
    Shape("JPEG whose EXIF is BigTIFF", _exif(b"MM\0\x2b\0\x08\0\0" + b"\xff" * 8)),
    Shape(
        "JPEG with XMP of nested entities",
        after_start(jpeg(), segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<!DOCTYPE a [<!ENTITY a "&b;&b;">]>&a;')),
    ),
]
