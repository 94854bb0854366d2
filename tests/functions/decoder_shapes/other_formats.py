"""Formats that no decoder here ever sees: refused by their first bytes, whatever the rest of them would do."""

import struct

from tests.functions.pictures import MARKER, png

M = MARKER.encode()
MOST = 0xFFFF_FFFF


def _tiff(order: str, *entries: tuple[int, int, int, int]) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    listed = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    return struct.pack(f"{order}2sHIH", mark, 42, 8, len(entries)) + listed + struct.pack(f"{order}I", 8) + M


SIZE_OF_A_TIFF = (
    (256, 4, 1, MOST),
    (257, 4, 1, MOST),
    (258, 3, 1, 8),
    (259, 3, 1, 5),
    (273, 4, 1, 8),
    (279, 4, 1, MOST),
)
FLI = struct.pack("<IHHHHH", MOST, 0xAF11, 4000, 16_000, 16_000, 8).ljust(128, b"\0")

OTHER_FORMATS: dict[str, bytes] = {
    "FLI with a chunk of size 0": FLI + struct.pack("<IHH", 0, 0xF1FA, 1) + M,
    "FLI with a chunk beyond its end": FLI + struct.pack("<IHHIH", MOST, 0xF1FA, 1, MOST, 12) + M,
    "FLC of 65,535 x 65,535": FLI[:4] + b"\x12\xaf" + FLI[6:8] + b"\xff" * 4 + FLI[12:] + M,
    "SGI, run-length rows beyond its end": struct.pack(">HBBHHHH", 474, 1, 1, 3, 9999, 9999, 4).ljust(512, b"\0")
    + b"\xff" * 200
    + M,
    "SGI with a row table of nonsense": struct.pack(">HBBHHHH", 474, 1, 2, 3, 8, 8, 3).ljust(512, b"\x7f") + M,
    "PCX with runs over its rows": struct.pack("<BBBBHHHH", 10, 5, 1, 8, 0, 0, 65_534, 65_534).ljust(128, b"\xff")
    + b"\xff" * 500
    + M,
    "JPEG 2000 with a box of size 0": b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 0, b"jp2h") + M,
    "JPEG 2000 with a box of 2^64": b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4sQ", 1, b"jp2h", 2**64 - 1) + M,
    "JPEG 2000 codestream of many tiles": b"\xff\x4f\xff\x51"
    + struct.pack(">HHIIII", 47, 0, MOST, MOST, 0, 0)
    + b"\0\0\0\1" * 4
    + M,
    "TIFF, little-endian, of any size": _tiff("<", *SIZE_OF_A_TIFF),
    "TIFF, big-endian, of any size": _tiff(">", *SIZE_OF_A_TIFF),
    "TIFF whose directory follows itself": _tiff("<", (256, 4, 1, 1)),
    "TIFF with strips without end": _tiff("<", (273, 4, MOST, 8), (278, 4, 1, 0)),
    "BigTIFF": b"II\x2b\0\x08\0\0\0" + b"\xff" * 8 + M,
    "ICNS with an element of size 0": b"icns" + struct.pack(">I4sI", MOST, b"ic10", 0) + M,
    "ICNS with a JPEG 2000 in it": b"icns" + struct.pack(">I4sI", 99, b"ic10", 91) + b"\xff\x4f\xff\x51" + M,
    "PSD of a million layers": struct.pack(">4sH6xHIIHH", b"8BPS", 1, 4, 30_000, 30_000, 8, 3)
    + b"\0" * 8
    + struct.pack(">IIh", MOST, MOST, -32_768)
    + M,
    "PSD of negative size": struct.pack(">4sH6xHiiHH", b"8BPS", 1, 4, -1, -1, 8, 3) + M,
    "EPS with a comment without end": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 0 0\n%%" + M * 5000,
    "EPS that would run programs": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n" + M,
    "EPS in DOS clothes": b"\xc5\xd0\xd3\xc6" + struct.pack("<II", MOST, MOST) + M,
    "GIF with codes over its table": b"GIF89a"
    + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0)
    + b","
    + bytes(9)
    + b"\x0c\xff"
    + b"\xff" * 255
    + M,
    "GIF with a frame beyond its screen": b"GIF89a\1\0\1\0\0\0\0," + b"\xff" * 8 + b"\0\2\2L\1\0" + M,
    "BMP of 2^31 x 2^31": b"BM" + struct.pack("<IIIIiiHH", MOST, 0, 54, 40, 2**31 - 1, -(2**31), 1, 32) + M,
    "BMP with runs over its end": b"BM"
    + struct.pack("<IIIIiiHHI", MOST, 0, 54, 40, 9, 9, 1, 8, 1).ljust(52, b"\0")
    + b"\xff\xff" * 200
    + M,
    "DIB alone": struct.pack("<IiiHH", 40, 9, 9, 1, 24) + M,
    "icon that says it is 65,535 pictures": struct.pack("<HHH", 0, 1, 65_535) + b"\xff" * 32 + M,
    "icon with a PNG in it": struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, 999, 22) + png() + M,
    "cursor": struct.pack("<HHH", 0, 2, 1) + b"\xff" * 16 + M,
    "BLP with mipmaps without end": b"BLP2" + struct.pack("<IBBBB", 1, 1, 0, 0, 1) + b"\xff" * 200 + M,
    "DDS of any size": b"DDS " + struct.pack("<IIII", 124, 7, MOST, MOST) + M,
    "PPM of any size": b"P6 4294967295 4294967295 255\n" + M,
    "PFM": b"PF 99999 99999 -1.0\n" + M,
    "XPM": b'/* XPM */\nstatic char *a[] = {"99999 99999 256 9",' + M,
    "XBM": b"#define a_width 999999\n#define a_height 999999\n" + M,
    "IM": b"Image type: RGB image\r\nImage size (x*y): 99999*99999\r\n" + M,
    "Sun raster": struct.pack(">IIIIIIII", 0x59A66A95, MOST, MOST, 32, 1, 2, 1, MOST) + M,
    "WMF": b"\xd7\xcd\xc6\x9a" + b"\xff" * 40 + M,
    "OLE file, as FlashPix is": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 512 + M,
    "MPEG": b"\0\0\1\xb3" + b"\xff" * 40 + M,
    "TGA of run lengths": struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65_535, 65_535, 32, 0)
    + b"\xff" * 200
    + M,
    "QOI": b"qoif" + struct.pack(">IIBB", MOST, MOST, 4, 0) + M,
    "AVIF with a box without end": b"\0\0\0\x1cftypavif" + b"\0" * 16 + struct.pack(">I4sQ", 1, b"meta", 2**64 - 1) + M,
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + M,
    "JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n" + M,
    "MNG": b"\x8aMNG\r\n\x1a\n" + struct.pack(">II", MOST, MOST) + M,
    "PNG without its first byte": png()[1:],
    "PNG with line ends changed": png().replace(b"\r\n", b"\n", 1),
    "Windows animation": b"RIFF\xff\xff\xff\xffACONanih" + M,
    "film": b"RIFF\xff\xff\xff\xffAVI LIST" + M,
    "JPEG's start and no more of it": b"\xff\xd8" + M,
}
