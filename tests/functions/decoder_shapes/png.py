"""PNG whose sizes, chunks and passes lie."""

import struct
import zlib

from tests.functions import pictures
from tests.functions.cases import CORRUPT, CUT_SHORT
from tests.functions.decoder_shapes.shape import Shape
from tests.functions.pictures import MARKER, chunk, png

M = MARKER.encode()
MOST = 0xFFFF_FFFF


def _fctl(sequence: int, width: int, height: int, x: int = 0, y: int = 0) -> bytes:
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, x, y, 1, 100, 0, 0))


def _actl(frames: int) -> bytes:
    return chunk(b"acTL", struct.pack(">II", frames, 0))


def _frame(sequence: int, data: bytes) -> bytes:
    return chunk(b"fdAT", struct.pack(">I", sequence) + data)


def _interlaced(method: int, rows: bytes) -> bytes:
    data = png(4, 4, rows)
    return data[:8] + chunk(b"IHDR", data[16:28] + bytes([method])) + data[33:]


ROWS = zlib.compress(bytes(14))


def _overlapping_exif() -> bytes:
    tags = b"".join(struct.pack(">HHII", 1000 + number, 7, 3_000_000, 8) for number in range(9000))
    return png(before=chunk(b"eXIf", (struct.pack(">2sHIH", b"MM", 42, 8, 9000) + tags).ljust(3_100_000, b"x")))


PNG_SHAPES = [
    Shape("APNG with a frame beyond its canvas", png(before=_actl(1) + _fctl(0, 2, 2, 1, 1)), CORRUPT),
    Shape("APNG with an offset that overflows", png(before=_actl(1) + _fctl(0, 2, 2, MOST, MOST)), CORRUPT),
    Shape("APNG with a frame of size 2^32", png(before=_actl(1) + _fctl(0, MOST, MOST)), CORRUPT),
    Shape("APNG with a first frame of no size", png(before=_actl(2) + _fctl(0, 0, 0))),
    Shape("APNG with a first frame smaller than itself", png(before=_actl(2) + _fctl(0, 1, 1))),
    Shape("APNG that counts frames from 7", png(before=_actl(2) + _fctl(7, 2, 2)), CORRUPT),
    Shape("APNG with half a count", png(before=chunk(b"acTL", b"\0\0")), CORRUPT),
    Shape("APNG with half a frame header", png(before=_actl(2) + chunk(b"fcTL", bytes(9))), CORRUPT),
    Shape("APNG with frame data before its picture", png(before=_actl(2) + _fctl(0, 2, 2) + _frame(1, ROWS))),
    Shape(
        "APNG with frame data of no size", png(before=_actl(2) + _fctl(0, 2, 2), after=_fctl(1, 2, 2) + chunk(b"fdAT"))
    ),
    Shape("PNG interlaced in an unknown way", _interlaced(2, bytes(52))),
    Shape("interlaced PNG without its last pass", _interlaced(1, bytes(60 - 26)), CUT_SHORT),
    Shape("interlaced PNG with the rows of a plain one", _interlaced(1, bytes(52)), CUT_SHORT),
    Shape("PNG with a row too few", png(2, 3, bytes(14)), CUT_SHORT),
    Shape("PNG whose stream ends before its rows", png(9, 9, bytes([0, 200, 100])), CUT_SHORT),
    Shape("PNG of 39 MP in 60 bytes", png(6240, 6240, bytes(100)), CUT_SHORT),
    Shape("PNG with a palette of nothing", png(kind=3, rows=bytes(6), before=chunk(b"PLTE"))),
    Shape("PNG with a palette of 300", png(kind=3, rows=bytes(6), before=chunk(b"PLTE", bytes(900)))),
    Shape("PNG with two thirds of a color", png(kind=3, rows=bytes(6), before=chunk(b"PLTE", bytes(5)))),
    Shape("PNG with indices beyond its palette", png(kind=3, rows=b"\0\xff\xff" * 2, before=chunk(b"PLTE", bytes(3)))),
    Shape("PNG without the palette it needs", png(kind=3, rows=bytes(6))),
    Shape(
        "PNG with 300 transparent colors",
        png(kind=3, rows=bytes(6), before=chunk(b"PLTE", bytes(9)) + chunk(b"tRNS", bytes(300))),
    ),
    Shape("grey PNG whose transparent grey is 65,535", png(kind=0, rows=bytes(6), before=chunk(b"tRNS", b"\xff\xff"))),
    Shape(
        "bilevel PNG whose transparent grey is 65,535",
        png(kind=0, depth=1, rows=bytes(4), before=chunk(b"tRNS", b"\xff\xff")),
    ),
    Shape(
        "4-bit PNG whose transparent grey is 65,535",
        png(kind=0, depth=4, rows=bytes(4), before=chunk(b"tRNS", b"\xff\xff")),
    ),
    Shape("PNG whose transparent color is 65,535", png(before=chunk(b"tRNS", b"\xff" * 6))),
    Shape("PNG with half a transparent color", png(before=chunk(b"tRNS", b"\xff" * 3))),
    Shape("PNG with alpha and a transparent color", png(kind=6, rows=bytes(18), before=chunk(b"tRNS", bytes(6)))),
    Shape("grey PNG with alpha and a transparent grey", png(kind=4, rows=bytes(10), before=chunk(b"tRNS", bytes(2)))),
    Shape(
        "grey PNG with a palette",
        png(kind=0, rows=bytes(6), before=chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(2))),
    ),
    Shape("PNG of kind 7", png(kind=7), CORRUPT),
    Shape("PNG of 16-bit palette", png(kind=3, depth=16, before=chunk(b"PLTE", bytes(9))), CORRUPT),
    Shape(
        "PNG with an unknown compression",
        pictures.with_checksums(png().replace(b"\x08\x02\0\0\0", b"\x08\x02\x09\0\0")),
    ),
    Shape("PNG whose zlib needs a dictionary", png(pixels=chunk(b"IDAT", b"\x78\xbb" + bytes(30)))),
    Shape("PNG whose zlib refers to before its start", png(pixels=chunk(b"IDAT", b"\x78\x9c\x4b\x04\x12\x00\x00\x00"))),
    Shape("PNG with half a gamma", png(before=chunk(b"gAMA", b"\0"))),
    Shape("PNG with a resolution of 0", png(before=chunk(b"pHYs", bytes(9)))),
    Shape("PNG with half of chromaticities", png(before=chunk(b"cHRM", bytes(7)))),
    Shape("PNG with a name without end", png(before=chunk(b"iCCP", b"n" * 200))),
    Shape(
        "PNG with EXIF in hexadecimal nonsense",
        png(before=chunk(b"tEXt", b"Raw profile type exif\0\nexif\n99\nzz" + M)),
    ),
    Shape(
        "PNG with 1 MB of XMP",
        lambda: png(before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<a>tiff:Orientation" * 50_000)),
    ),
    Shape("PNG whose 9,000 EXIF tags are of 3 MB, the same ones", _overlapping_exif),
]
