"""WebP whose canvas, frames and chunks lie."""

import struct
from functools import cache

from tests.functions import pictures
from tests.functions.cases import CORRUPT, PIXELS
from tests.functions.decoder_shapes.shape import Shape, patched
from tests.functions.pictures import MARKER, blocks, encoded, still_webp, webp, webp_animation, webp_frame

M = MARKER.encode()


def _still(width: int, height: int) -> bytes:
    """A lossless chunk that says it is so large, and holds next to nothing."""
    header = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return b"VP8L" + struct.pack("<I", 14) + b"\x2f" + header + bytes(9)


@cache
def _many_frames() -> bytes:
    return webp_animation(*[webp_frame(0, 0, 32, 48, still_webp())] * 5000)


WEBP_SHAPES = [
    Shape("WebP frame beyond its canvas", webp_animation(webp_frame(30, 40, 32, 48, still_webp())), CORRUPT),
    Shape(
        "WebP frame larger than its canvas",
        webp_animation(webp_frame(0, 0, 32, 48, still_webp()), width=4, height=4),
        CORRUPT,
    ),
    Shape("WebP frame that is not its size", webp_animation(webp_frame(0, 0, 16, 16, still_webp()))),
    Shape(
        "WebP animation of 2^24 x 1",
        webp_animation(webp_frame(0, 0, 32, 48, still_webp()), width=2**24, height=1),
        PIXELS,
    ),
    Shape("WebP animation without frames", webp_animation(), CORRUPT),
    Shape("WebP animation with a frame of nothing", webp_animation(webp_frame(0, 0, 32, 48, b"")), CORRUPT),
    Shape("WebP animation of 5,000 frames", _many_frames),
    Shape(
        "WebP that says it moves and does not",
        pictures.riff(b"VP8X" + struct.pack("<II", 10, 2) + b"\x1f\0\0\x2f\0\0" + still_webp()),
    ),
    Shape(
        "WebP that says it has alpha and has not",
        pictures.riff(b"VP8X" + struct.pack("<II", 10, 16) + b"\x1f\0\0\x2f\0\0" + still_webp()),
    ),
    Shape(
        "WebP with alpha of nothing",
        pictures.riff(b"VP8X" + struct.pack("<II", 10, 16) + b"\x1f\0\0\x2f\0\0" + b"ALPH\0\0\0\0" + still_webp()),
    ),
    Shape("lossless WebP of 16,384 x 16,384", pictures.riff(_still(16_384, 16_384)), PIXELS),
    Shape("lossless WebP of 6,300 x 6,300 in 40 bytes", pictures.riff(_still(6300, 6300)), CORRUPT),
    Shape("lossy WebP of 16,383 x 16,383", patched(encoded(blocks(), "WEBP"), 26, b"\xff\x3f\xff\x3f"), PIXELS),
    Shape(
        "lossy WebP of 6,000 x 6,000 with the pixels of 32 x 48",
        patched(encoded(blocks(), "WEBP"), 26, b"\x70\x17\x70\x17"),
        CORRUPT,
    ),
    Shape("lossy WebP of no width", patched(encoded(blocks(), "WEBP"), 26, b"\0\0"), CORRUPT),
    Shape(
        "lossy WebP that is no key frame",
        patched(encoded(blocks(), "WEBP"), 20, bytes([encoded(blocks(), "WEBP")[20] | 1])),
        CORRUPT,
    ),
    Shape("lossy WebP with a partition beyond its end", patched(encoded(blocks(), "WEBP"), 21, b"\xff\xff"), CORRUPT),
    Shape("WebP whose chunk is longer than it", patched(webp(), 16, b"\xff\xff\xff\x7f")),
    Shape("WebP whose chunk is of size 2^32", patched(webp(), 16, b"\xff\xff\xff\xff")),
    Shape("WebP that is shorter than it is", patched(webp(), 4, struct.pack("<I", 20))),
    Shape("WebP of odd length", patched(webp(), 4, struct.pack("<I", len(webp()) - 8 - len(M) - 1))),
    Shape(
        "WebP with EXIF of size 2^32",
        pictures.riff(
            b"VP8X" + struct.pack("<II", 10, 8) + b"\x1f\0\0\x2f\0\0" + still_webp() + b"EXIF\xff\xff\xff\xff" + M
        ),
    ),
    Shape(
        "WebP with 20,000 unknown chunks",
        lambda: pictures.riff(
            b"VP8X" + struct.pack("<II", 10, 0) + b"\x1f\0\0\x2f\0\0" + b"zzzz\0\0\0\0" * 20_000 + still_webp()
        ),
    ),
]
