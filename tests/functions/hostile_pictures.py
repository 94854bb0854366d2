"""Pictures that are none, not sound, or dear to decode, one a line."""

import gzip
import struct
import zlib
from functools import cache

from tests.functions import pictures
from tests.functions.cases import CORRUPT, CUT_SHORT, NO_PICTURE, PIXELS, Case, image, raw
from tests.functions.pictures import MARKER, blocks, chunk, encoded, jpeg, noise, png, segment, webp

M = MARKER.encode()
FRAME_OF_8_X_8 = segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 3) + bytes([1, 17, 0, 2, 17, 0, 3, 17, 0]))

HEADER_OF_81_MP = chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0))


@cache
def bomb() -> bytes:
    """49 KB that inflate to 50 MB."""
    return zlib.compress(bytes(50_000_000))


def many_texts() -> bytes:
    """100 MB of text in pieces that are each within bounds."""
    megabyte = zlib.compress(bytes(1_000_000))
    return png(before=b"".join(chunk(b"zTXt", b"k%d\0\0" % number + megabyte) for number in range(100)))


def packed(name: bytes, head: bytes, end: bytes = b"") -> bytes:
    """129 chunks of 1 KB that inflate to a megabyte each, which Pillow counts only where the stream is sound."""
    stream = zlib.compress(bytes(1_000_000))
    return png(before=chunk(name, head + (stream[:-4] + end if end else stream)) * 129)


def flooded(segments: bytes) -> bytes:
    """A JPEG with these segments in front."""
    return pictures.after_start(jpeg(), segments)


def ended_early(data: bytes) -> bytes:
    """A JPEG whose coded data stops in the middle, properly ended."""
    start = data.index(b"\xff\xda")
    return data[: start + (len(data) - start) // 2].rstrip(b"\xff") + b"\xff\xd9"


def lossy_webp() -> bytes:
    return encoded(noise(40, 30), "WEBP")[: -len(M)]


# fmt: off
FORMATS = [
    Case("HTML", image(b"<!doctype html><p>" + M), NO_PICTURE),
    Case("HTML after spaces", image(b"\n\n  <html>" + M), NO_PICTURE),
    Case("SVG", image(b"<svg xmlns='http://www.w3.org/2000/svg'><text>" + M), NO_PICTURE),
    Case("SVG as what it is", raw(b"<svg/>" + M, "image/svg+xml"), NO_PICTURE),
    Case("XML after a byte order mark", image(b"\xef\xbb\xbf<?xml" + M), NO_PICTURE),
    Case("PDF", image(b"%PDF-1.7\n" + M), NO_PICTURE),
    Case("ZIP", image(b"PK\x03\x04" + M), NO_PICTURE),
    Case("gzip instead", image(gzip.compress(M)), NO_PICTURE),
    Case("JSON", image(b'{"a":"' + M + b'"}'), NO_PICTURE),
    Case("plain text instead", image(M), NO_PICTURE),
    Case("zeros", image(bytes(1000)), NO_PICTURE),
    Case("GIF", image(encoded(blocks(), "GIF")), NO_PICTURE),
    Case("GIF called PNG", raw(encoded(blocks(), "GIF")), NO_PICTURE),
    Case("TIFF", image(encoded(blocks(), "TIFF")), NO_PICTURE),
    Case("BMP called JPEG", raw(encoded(blocks(), "BMP"), "image/jpeg"), NO_PICTURE),
    Case("AVIF", image(encoded(blocks(), "AVIF")), NO_PICTURE),
    Case("AVIF called WebP", raw(encoded(blocks(), "AVIF"), "image/webp"), NO_PICTURE),
    Case("JPEG 2000", image(b"\0\0\0\x0cjP  \r\n\x87\n" + M), NO_PICTURE),
    Case("icon", image(b"\0\0\1\0\1\0" + M), NO_PICTURE),
    Case("Photoshop", image(b"8BPS\0\1" + M), NO_PICTURE),
    Case("EPS", image(b"%!PS-Adobe-3.0 EPSF-3.0\n" + M), NO_PICTURE),
    Case("WAV", image(b"RIFF\x24\0\0\0WAVEfmt " + M), NO_PICTURE),
]

SIZES = [
    Case("PNG of 100,000 x 100,000", image(png(100_000, 100_000, b"")), PIXELS),
    Case("PNG of 2^31 x 2^31", image(png(2**31 - 1, 2**31 - 1, b"")), PIXELS),
    Case("PNG of 81 MP in 10 KB", image(lambda: png(9000, 9000, bytes(9000 * 1126), depth=1, kind=0)), PIXELS),
    Case("PNG one row above the limit", image(png(8000, 5001, b"")), PIXELS),
    Case("PNG of 1 x 39,999,999", image(png(1, 39_999_999, b"")), PIXELS),
    Case("PNG of 65,536 x 1", image(png(65_536, 1)), PIXELS),
    Case("raw PNG of 81 MP", raw(png(9000, 9000, b"")), PIXELS),
    Case("JPEG of 65,500 x 65,500", image(pictures.jpeg_of_size(jpeg(), 65_500, 65_500)), PIXELS),
    Case("progressive JPEG of 65,500", image(pictures.jpeg_of_size(jpeg(progressive=True), 65_500, 65_500)), PIXELS),
    Case("WebP of 16,384 x 16,384", image(pictures.webp_canvas(16_384, 16_384)), PIXELS),
    Case("WebP of 2^24 x 2^24", image(pictures.webp_canvas(2**24, 2**24, webp()[12:])), PIXELS),
    Case("WebP of 2^24 x 1", image(pictures.webp_canvas(2**24, 1, webp()[12:])), PIXELS),
    Case("WebP larger than its pixels", image(pictures.webp_canvas(4000, 4000, webp()[12:])), CORRUPT),
    Case("PNG of two sizes", image(png(before=HEADER_OF_81_MP)), CORRUPT),
    Case("PNG of 0 x 0", image(png(0, 0, b"")), CORRUPT),
    Case("PNG of 5 x 0", image(png(5, 0, b"")), CORRUPT),
    Case("JPEG of height 0", image(pictures.jpeg_of_size(jpeg(), 32, 0)), CORRUPT),
    Case("JPEG of width 0", image(pictures.jpeg_of_size(jpeg(), 0, 48)), CORRUPT),
]

WHOLE: dict[str, bytes] = {
    "PNG": encoded(noise(40, 30), "PNG"),
    "JPEG": jpeg(noise(40, 30)),
    "progressive JPEG": jpeg(noise(40, 30), progressive=True),
    "WebP": lossy_webp(),
    "lossless WebP": webp(noise(40, 30))[: -len(M)],
}
TRUNCATED = [
    Case(f"{kind} cut to {share:.1%}", image(data[: max(1, int(len(data) * share))]), CUT_SHORT)
    for kind, data in WHOLE.items()
    for share in (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999)
]

DAMAGED = [
    Case("PNG without its end", image(png()[:-12]), CUT_SHORT),
    Case("PNG with a chunk beyond its end", image(png(before=b"\x7f\xff\xff\xfftEXt" + M)), CUT_SHORT),
    Case("JPEG without its end", image(jpeg()[:-2]), CUT_SHORT),
    Case("JPEG that is all header", image(jpeg()[: jpeg().index(b"\xff\xda")]), CUT_SHORT),
    Case("PNG whose stream ends at half", image(png(20, 20, bytes(610))), CUT_SHORT),
    Case("JPEG whose end comes at half", image(ended_early(jpeg(noise(64, 64)))), CUT_SHORT),
    Case("JPEG that is all magic", image(b"\xff\xd8\xff" + M), CUT_SHORT),
    Case("zTXt bomb", image(lambda: png(before=chunk(b"zTXt", M + b"\0\0" + bomb()))), CORRUPT),
    Case("iTXt bomb", image(lambda: png(before=chunk(b"iTXt", M + b"\0\1\0\0\0" + bomb()))), CORRUPT),
    Case("iCCP bomb", image(lambda: png(before=chunk(b"iCCP", M + b"\0\0" + bomb()))), CORRUPT),
    Case("zTXt bomb after the pixels", image(lambda: png(after=chunk(b"zTXt", M + b"\0\0" + bomb()))), CORRUPT),
    Case("iCCP bomb after the pixels", image(lambda: png(after=chunk(b"iCCP", M + b"\0\0" + bomb()))), CORRUPT),
    Case("100 texts of 1 MB", image(many_texts), CORRUPT),
    Case("PNG of 100,000 chunks", image(lambda: png(before=chunk(b"prVt") * 100_000)), CORRUPT),
    Case("PNG of 100,000 empty IDAT", image(lambda: png(pixels=chunk(b"IDAT") * 100_000)), CORRUPT),
    Case("PNG of 129 texts that end in nonsense", image(lambda: packed(b"zTXt", b"k\0\0", b"junk")), CORRUPT),
    Case("PNG of 129 texts in other languages", image(lambda: packed(b"iTXt", b"k\0\1\0en\0k\0", b"junk")), CORRUPT),
    Case("PNG of 129 color profiles", image(lambda: packed(b"iCCP", b"n\0\0")), CORRUPT),
    Case("IHDR with a bad checksum", image(pictures.without_checksum(png(), b"IHDR")), CORRUPT),
    Case("IDAT with a bad checksum", image(pictures.without_checksum(png(), b"IDAT")), CORRUPT),
    Case("tEXt with a bad checksum", image(pictures.without_checksum(png(), b"tEXt")), CORRUPT),
    Case("IDAT that is no zlib", image(png(pixels=chunk(b"IDAT", M))), CORRUPT),
    Case("PNG without IDAT", image(png(pixels=b"")), CORRUPT),
    Case("PNG that begins with IDAT", image(pictures.PNG_SIGNATURE + chunk(b"IDAT", M) + chunk(b"IEND")), CORRUPT),
    Case("PNG of 3 bit", image(png(depth=3)), CORRUPT),
    Case("PNG of an unknown filter", image(png(rows=b"\x09" + bytes(13))), CORRUPT),
    Case("PNG with half a tRNS", image(png(before=chunk(b"tRNS", b"\0"))), CORRUPT),
    Case("JPEG of magic and end", image(b"\xff\xd8\xff\xfe\0\x20" + M.ljust(30) + b"\xff\xd9"), CORRUPT),
    Case("JPEG without a scan", image(jpeg()[: jpeg().index(b"\xff\xda")] + b"\xff\xd9"), CORRUPT),
    Case("JPEG of 12 bit", image(jpeg().replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c")), NO_PICTURE),
    Case("JPEG of 5 components", image(jpeg().replace(b"\x03\x01\x11", b"\x05\x01\x11", 1)), CORRUPT),
    Case("lossless JPEG", image(jpeg().replace(b"\xff\xc0\0\x11", b"\xff\xc3\0\x11")), NO_PICTURE),
    Case("JPEG of two sizes", image(flooded(FRAME_OF_8_X_8)), CORRUPT),
    Case("JPEG of 33 scans", image(pictures.with_many_scans(33)), CORRUPT),
    Case("JPEG of 50,000 scans", image(lambda: pictures.with_many_scans(50_000, 2000)), CORRUPT),
    Case("JPEG of 200,000 EXIF segments", image(lambda: flooded(segment(0xE1, b"Exif\0\0x" + M) * 120_000)), CORRUPT),
    Case("JPEG of a million comments", image(lambda: flooded(segment(0xFE) * 1_000_000)), CORRUPT),
    Case("JPEG of a million tables", image(lambda: flooded(segment(0xC4) * 1_000_000)), CORRUPT),
    Case("JPEG of 4 MB fill bytes", image(lambda: flooded(b"\xff" * 4_000_000)), CORRUPT),
    Case("JPEG of 4 MB zeros", image(lambda: flooded(b"\xff\xd8" + bytes(4_000_000))), CORRUPT),
    Case("JPEG of 2 million starts", image(lambda: flooded(b"\xff\xd8" * 2_000_000)), CORRUPT),
    Case("WebP of an unknown kind", image(pictures.riff(b"VP8Z" + M + bytes(30))), CORRUPT),
    Case("WebP without pixels", image(pictures.webp_canvas(32, 48)), CORRUPT),
    Case("WebP with a damaged start", image(webp().replace(b"\x2f", b"\x2e", 1)), CORRUPT),
    Case("WebP with damaged pixels", image(webp()[:25] + bytes(len(webp()) - 25)), CORRUPT),
]
# fmt: on
