"""Input that looks odd and is right, one a line, with the plain request that it has to score like."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.functions.calls import Call, as_base64, with_picture
from tests.functions.cases import OddCase, body, document, raw
from tests.functions.pictures import (
    ORIENTATION,
    STORED,
    after_start,
    animated,
    blocks,
    chunk,
    cmyk_jpeg,
    encoded,
    jpeg,
    plain,
    png,
    png_of_samples,
    segment,
    tiff_block,
    webp,
    with_checksums,
)

PICTURE, JPEG, WEBP = encoded(blocks(), "PNG"), jpeg(), webp()
TEXT = as_base64(PICTURE)
DOCUMENT: dict[str, Any] = {"image_base64": TEXT, "min_confidence": 0}
SAMPLES = np.asarray(blocks())  # (48, 32, 3)
GREY = SAMPLES[..., :1]
SEEN = (np.arange(48 * 32) % 5 > 0).reshape(48, 32, 1)
ALPHA = np.where(SEEN, 255, 0)
PALETTE = chunk(b"PLTE", bytes([200, 100, 0, 10, 20, 30]))
WHITE_AND_BLUE = encoded(Image.fromarray(np.array([[[255, 255, 255], [10, 20, 30]]], dtype=np.uint8)), "PNG")
WHITE = encoded(plain((255, 255, 255), (3, 2)), "PNG")
INTERLACED = with_checksums(png(1, 1, b"\0\x09\x09\x09").replace(b"\x08\2\0\0\0", b"\x08\2\0\0\1", 1))
DAMAGED_EXIF = {
    "no": b"",
    "unreadable": b"junk",
    "far-off": b"II*\0\xff\xff\xff\xff",
    "half an": tiff_block({ORIENTATION: 6})[:-9],
}


def _on_white(samples: NDArray[np.integer[Any]]) -> bytes:
    """As a PNG, white where SEEN is false."""
    rgb = np.broadcast_to(np.where(SEEN, samples, 255), SAMPLES.shape)
    return encoded(Image.fromarray(np.ascontiguousarray(rgb, dtype=np.uint8)), "PNG")


def _wide(*samples: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """The same in 16 bit."""
    return np.concatenate(samples, axis=2).astype(np.int64) * 257


def _asking(data: bytes) -> Callable[[], Call]:
    return lambda: with_picture(data, min_confidence=0)


def _text(name: str, value: str) -> OddCase:
    return OddCase(f"base64: {name}", document(image_base64=value, min_confidence=0), _asking(PICTURE))


def _picture(name: str, data: bytes, like: bytes, *warnings: str, tolerance: float = 0.0) -> OddCase:
    return OddCase(name, _asking(data), _asking(like), warnings, tolerance)


def _jpeg_with(name: str, *segments: bytes) -> OddCase:
    return _picture(f"JPEG with {name}", after_start(JPEG, b"".join(segments)), JPEG)


BODIES = [
    OddCase("JSON after a byte order mark", body(b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode()), _asking(PICTURE)),
    OddCase("JSON among spaces", body(b" \r\n" + json.dumps(DOCUMENT).encode() + b"\t\n"), _asking(PICTURE)),
    OddCase(
        "a number written 0.0e0", body(f'{{"image_base64":"{TEXT}","min_confidence":0.0e0}}'.encode()), _asking(PICTURE)
    ),
    OddCase("an escaped name", body(json.dumps(DOCUMENT).replace("image", "\\u0069mage").encode()), _asking(PICTURE)),
    OddCase("all other fields null", document(**DOCUMENT, image_url=None, s3=None, style=None), _asking(PICTURE)),
    OddCase("a picture by itself", raw(PICTURE, query="min_confidence=0"), _asking(PICTURE)),
    OddCase("a picture under another picture's type", raw(PICTURE, "image/jpeg", "min_confidence=0"), _asking(PICTURE)),
    OddCase(
        "content encoding identity",
        body(json.dumps(DOCUMENT).encode(), **{"content-encoding": "Identity"}),
        _asking(PICTURE),
    ),
]

BASE64 = [
    _text("data URI", f"data:image/png;base64,{TEXT}"),
    _text("data URI of another type", f"data:text/plain;charset=utf-8;base64,{TEXT}"),
    _text("data URI in capitals", f"DATA:;BASE64,{TEXT}"),
    _text("data URI with line breaks", f"data:image/png;base64,\n{TEXT[:50]}\n{TEXT[50:]}"),
    _text("line breaks", "\n".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76))),
    _text("line breaks as in mail", "\r\n".join(TEXT[at : at + 64] for at in range(0, len(TEXT), 64)) + "\r\n"),
    _text("spaces", " ".join(TEXT)),
    _text("URL-safe", TEXT.replace("+", "-").replace("/", "_")),
    _text("both alphabets", TEXT.replace("+", "-")),
]


def _saved(kind: str, image: Image.Image, exif: bytes) -> bytes:
    if kind == "PNG":
        return encoded(image, "PNG", exif=exif)
    return jpeg(image, exif=exif) if kind == "JPEG" else webp(image, exif=exif)


PLAIN = {"PNG": PICTURE, "JPEG": JPEG, "WebP": WEBP}
EXIF = [
    *(
        _picture(
            f"{kind} of orientation {orientation}",
            _saved(kind, STORED[orientation](blocks()), b"Exif\0\0" + tiff_block({ORIENTATION: orientation})),
            like,
        )
        for kind, like in PLAIN.items()
        for orientation in STORED
    ),
    *(
        _picture(
            f"{kind} with {name} EXIF",
            _saved(kind, blocks(), b"Exif\0\0" + block),
            like,
            *(["orientation_ignored"] if name == "unreadable" and kind != "JPEG" else []),
        )
        for kind, like in PLAIN.items()
        for name, block in DAMAGED_EXIF.items()
    ),
]

PROFILES = [
    *(
        _picture(f"{kind} with a color profile of {name}", data, like)
        for name, profile in (("nothing", b""), ("junk", b"junk" * 50))
        for kind, data, like in (
            ("PNG", encoded(blocks(), "PNG", icc_profile=profile), PICTURE),
            ("JPEG", jpeg(icc_profile=profile), JPEG),
            ("WebP", webp(icc_profile=profile), WEBP),
        )
    ),
    _jpeg_with("half a profile's header", segment(0xE2, b"ICC_PROFILE\0")),
    _jpeg_with("1 profile of 255 parts", segment(0xE2, b"ICC_PROFILE\0\1\xff" + bytes(99))),
    _jpeg_with("a damaged list of pictures", segment(0xE2, b"MPF\0" + b"\xff" * 20)),
    _picture("PNG with a profile that is not packed", png(before=chunk(b"iCCP", b"name\0\0junk")), png()),
    _picture("PNG with a profile without end", png(before=chunk(b"iCCP", b"n" * 100)), png()),
    _picture("PNG with a profile packed in an unknown way", png(before=chunk(b"iCCP", b"name\0\7junk")), png()),
]

COLORS = [
    *(
        _picture(
            f"CMYK {cmyk} {name}", cmyk_jpeg(cmyk, adobe=adobe), encoded(plain(rgb, (32, 48)), "PNG"), tolerance=0.2
        )
        for name, adobe in (("inverted", True), ("as it is", False))
        for cmyk, rgb in (
            ((0, 255, 255, 0), (255, 0, 0)),
            ((255, 0, 255, 0), (0, 255, 0)),
            ((0, 0, 0, 255), (0, 0, 0)),
            ((0, 102, 204, 51), (204, 122, 41)),
        )
    ),
    _picture("PNG of 16 bit", png_of_samples(_wide(SAMPLES), 16, 2), PICTURE),
    _picture("grey PNG of 16 bit", png_of_samples(_wide(GREY), 16, 0), png_of_samples(GREY, 8, 0)),
    _picture("PNG with alpha", png_of_samples(np.concatenate((SAMPLES, ALPHA), axis=2), 8, 6), _on_white(SAMPLES)),
    _picture("PNG with alpha of 16 bit", png_of_samples(_wide(SAMPLES, ALPHA), 16, 6), _on_white(SAMPLES)),
    _picture("grey PNG with alpha", png_of_samples(np.concatenate((GREY, ALPHA), axis=2), 8, 4), _on_white(GREY)),
    _picture("grey PNG with alpha of 16 bit", png_of_samples(_wide(GREY, ALPHA), 16, 4), _on_white(GREY)),
    _picture(
        "WebP with alpha",
        webp(Image.fromarray(np.concatenate((SAMPLES, ALPHA), axis=2).astype(np.uint8))),
        _on_white(SAMPLES),
    ),
    _picture(
        "palette with alpha", png(2, 1, b"\0\0\1", kind=3, before=PALETTE + chunk(b"tRNS", b"\0")), WHITE_AND_BLUE
    ),
    _picture(
        "palette with more alphas than colors",
        png(2, 1, b"\0\0\1", kind=3, before=PALETTE + chunk(b"tRNS", b"\0\xff" + b"\x80" * 298)),
        WHITE_AND_BLUE,
    ),
    _picture("transparent color", png_of_samples(np.full((2, 3, 3), 9), 8, 2, chunk(b"tRNS", b"\0\x09" * 3)), WHITE),
    _picture("transparent grey", png_of_samples(np.full((2, 3, 1), 9), 8, 0, chunk(b"tRNS", b"\0\x09")), WHITE),
]

FRAMES = [
    _picture("animated WebP", animated("WEBP"), PICTURE, "animated_first_frame"),
    _picture("animated PNG", animated("PNG"), PICTURE, "animated_first_frame"),
    _picture(
        "MPO",
        encoded(blocks(), "MPO", save_all=True, append_images=[plain((0, 0, 0), (32, 48))], quality=95, subsampling=0),
        JPEG,
    ),
    _picture("JPEG with a film behind it", JPEG + bytes(range(256)) * 400, JPEG),
    _picture("PNG with a ZIP behind it", PICTURE + b"PK\3\4" + bytes(100_000), PICTURE),
    _picture("WebP with more behind it", WEBP + bytes(100_000), WEBP),
    _picture("progressive JPEG", jpeg(progressive=True), JPEG),
    _picture("interlaced PNG", INTERLACED, encoded(plain((9, 9, 9), (1, 1)), "PNG")),
    *(
        _picture(
            f"{width} x {height}", encoded(plain((1, 2, 3), (width, height)), "PNG"), encoded(plain((1, 2, 3)), "PNG")
        )
        for width, height in ((1, 1), (1, 20_000), (20_000, 1))
    ),
]

ODD = [*BODIES, *BASE64, *EXIF, *PROFILES, *COLORS, *FRAMES]
