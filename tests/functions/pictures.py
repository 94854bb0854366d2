"""Pictures made in code, sound and otherwise. Every one carries MARKER, so that an answer repeating it is noticed."""

import io
import itertools
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

MARKER = "zq7-never-repeat-this-7qz"
_MARKER = MARKER.encode()

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Six blocks of colour, no two alike, so that every turn and mirroring of the picture is another picture.
_BLOCKS = np.array(
    [
        [[220, 30, 40], [30, 200, 60]],
        [[40, 60, 210], [240, 220, 40]],
        [[20, 20, 20], [230, 230, 230]],
    ],
    dtype=np.uint8,
)
ORIENTATION = 0x112
STORED: dict[int, Callable[[Image.Image], Image.Image]] = {
    1: lambda image: image,
    2: ImageOps.mirror,
    3: lambda image: image.rotate(180),
    4: ImageOps.flip,
    5: lambda image: ImageOps.mirror(image.rotate(-90, expand=True)),
    6: lambda image: image.rotate(90, expand=True),
    7: lambda image: ImageOps.mirror(image.rotate(90, expand=True)),
    8: lambda image: image.rotate(-90, expand=True),
}
"""What a camera stores with each orientation so that turning it back shows the scene (EXIF 2.32, 4.6.4)."""


def blocks(block: int = 16) -> Image.Image:
    """An RGB picture of 2 x 3 blocks, 32 x 48 pixels unless asked otherwise."""
    return Image.fromarray(_BLOCKS.repeat(block, axis=0).repeat(block, axis=1))


def plain(color: tuple[int, int, int], size: tuple[int, int] = (24, 24)) -> Image.Image:
    """One colour all over."""
    return Image.new("RGB", size, color)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """Pixels at random: the hardest case for resampling."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def encoded(
    image: Image.Image, file_format: Literal["JPEG", "PNG", "WEBP", "MPO", "GIF", "TIFF", "BMP", "AVIF"], **options: Any
) -> bytes:
    """The picture as a file, MARKER inside it where the format has comments."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    data = buffer.getvalue()
    if file_format in {"JPEG", "MPO"}:
        return data[:2] + segment(0xFE, _MARKER) + data[2:]
    if file_format == "PNG":
        return data[:33] + chunk(b"tEXt", b"Comment\0" + _MARKER) + data[33:]
    return data + _MARKER


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(image or blocks(), "JPEG", quality=95, subsampling=0, **options)


def webp(image: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(image or blocks(), "WEBP", lossless=True, **options)


def segment(marker: int, payload: bytes = b"") -> bytes:
    """A JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(payload)) + payload


def after_start(data: bytes, extra: bytes) -> bytes:
    """A JPEG with `extra` right after its first marker."""
    return data[:2] + extra + data[2:]


def jpeg_of_size(data: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its frame header; its scan stays as it is."""
    frame = min(place for place in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if place > 0)
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def with_many_scans(scans: int, side: int = 64) -> bytes:
    """A progressive JPEG that repeats its last scan, which costs 82 bytes and another pass over all pixels."""
    data = encoded(Image.new("RGB", (side, side), (9, 99, 199)), "JPEG", progressive=True)
    last_scan = data.rindex(b"\xff\xda")
    tail = data[data.rindex(b"\xff\xc4", 0, last_scan) : -2]
    return data[:-2] + tail * scans + data[-2:]


def cmyk_jpeg(cmyk: tuple[int, int, int, int], *, adobe: bool) -> bytes:
    """A plain CMYK picture as a JPEG: inverted and marked as Adobe's programs do, or neither."""
    stored = cmyk if adobe else tuple(255 - ink for ink in cmyk)
    data = encoded(Image.new("CMYK", (32, 48), stored), "JPEG", quality=100)
    if adobe:
        return data
    place = data.index(b"\xff\xee")
    return data[:place] + data[place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") :]


def tiff_block(tags: Mapping[int, int | bytes], order: Literal[">", "<"] = ">") -> bytes:
    """An EXIF block without its prefix: shorts for numbers, four bytes of text for bytes."""
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, 3, 1) + struct.pack(f"{order}HH", value, 0)
        if isinstance(value, int)
        else struct.pack(f"{order}HHI", tag, 2, 4) + value.ljust(4, b"\0")
        for tag, value in tags.items()
    )
    start = b"MM\0*" if order == ">" else b"II*\0"
    return start + struct.pack(f"{order}IH", 8, len(tags)) + entries + b"\0\0\0\0"


def chunk(name: bytes, payload: bytes = b"") -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(
    width: int = 2,
    height: int = 2,
    rows: bytes | None = None,
    *,
    depth: int = 8,
    kind: int = 2,
    before: bytes = b"",
    pixels: bytes | None = None,
    after: bytes = b"",
) -> bytes:
    """A PNG from its parts. `rows` are the filtered scan lines; `kind` is 0 grey, 2 RGB, 3 palette, 4 LA, 6 RGBA."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    if pixels is None:
        pixels = chunk(b"IDAT", zlib.compress(rows if rows is not None else b"\0" * (height * (1 + 3 * width))))
    comment = chunk(b"tEXt", b"Comment\0" + _MARKER)
    return b"".join((PNG_SIGNATURE, chunk(b"IHDR", header), comment, before, pixels, after, chunk(b"IEND")))


def png_of_samples(samples: NDArray[np.integer[Any]], depth: int, kind: int, before: bytes = b"") -> bytes:
    """A PNG of (height, width, channels) samples of 8 or 16 bit, or (height, width) of 1, 2 and 4 bit."""
    height, width = samples.shape[:2]
    if depth >= 8:
        lines = [line.astype(">u2" if depth == 16 else "u1").tobytes() for line in samples]
    else:
        per_byte = 8 // depth
        padded = np.pad(samples, ((0, 0), (0, -width % per_byte))).reshape(height, -1, per_byte).astype(np.uint8)
        shifts = np.arange(per_byte - 1, -1, -1, dtype=np.uint8) * depth
        lines = [line.tobytes() for line in (padded << shifts).sum(axis=2).astype(np.uint8)]
    return png(width, height, b"".join(b"\0" + line for line in lines), depth=depth, kind=kind, before=before)


def without_checksum(data: bytes, name: bytes) -> bytes:
    """The PNG with a wrong checksum on its first chunk of that name."""
    place = data.index(name)
    end = place + 4 + int.from_bytes(data[place - 4 : place], "big")
    return data[:end] + bytes([data[end] ^ 1]) + data[end + 1 :]


def riff(body: bytes) -> bytes:
    """A WebP file around its chunks."""
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def webp_canvas(width: int, height: int, body: bytes = b"") -> bytes:
    """An extended WebP that claims a canvas of that size."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return riff(b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size + body) + _MARKER


def still_webp() -> bytes:
    """The one chunk of the blocks as a lossless WebP."""
    data = webp()
    size = int.from_bytes(data[16:20], "little")
    return data[12 : 12 + 8 + size + size % 2]


def webp_frame(x: int, y: int, width: int, height: int, data: bytes) -> bytes:
    """A frame of an animation."""
    head = b"".join(struct.pack("<I", value)[:3] for value in (x // 2, y // 2, width - 1, height - 1, 100)) + b"\0"
    return b"ANMF" + struct.pack("<I", len(head) + len(data)) + head + data


def webp_animation(*frames: bytes, width: int = 32, height: int = 48, flags: int = 2) -> bytes:
    """An animation of these frames; what `flags` announces beside the animation follows them."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    head = b"VP8X" + struct.pack("<II", 10, flags) + size
    return riff(head + b"ANIM" + struct.pack("<IIH", 6, 0, 0) + b"".join(frames)) + _MARKER


def animated(file_format: Literal["WEBP", "PNG"]) -> bytes:
    """Two frames: the blocks, then black."""
    options: dict[str, Any] = {"lossless": True} if file_format == "WEBP" else {}
    return encoded(
        blocks(), file_format, save_all=True, append_images=[plain((0, 0, 0), (32, 48))], duration=100, **options
    )


def with_checksums(data: bytes) -> bytes:
    """A damaged PNG with the checksums of an undamaged one, so that the damage reaches the decoder; else as it is."""
    if not data.startswith(PNG_SIGNATURE):
        return data
    mended, position = PNG_SIGNATURE, len(PNG_SIGNATURE)
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        mended += chunk(data[position + 4 : position + 8], data[position + 8 : position + 8 + length])
        position += 12 + length
    return mended


def parts(data: bytes) -> tuple[bytes, list[bytes]]:
    """A file's beginning, and the chunks of a PNG or WebP or the segments of a JPEG, each whole."""
    found, position = [], 8
    if data.startswith(PNG_SIGNATURE):
        while position < len(data):
            end = position + 12 + int.from_bytes(data[position : position + 4], "big")
            found.append(data[position:end])
            position = end
        return PNG_SIGNATURE, found
    if data.startswith(b"RIFF"):
        position, whole = 12, 8 + int.from_bytes(data[4:8], "little")
        while position < whole:
            size = int.from_bytes(data[position + 4 : position + 8], "little")
            found.append(data[position : position + 8 + size + size % 2])
            position += len(found[-1])
        return data[:12], found
    places = [match.start() for match in re.finditer(rb"\xff[\xc0-\xcf\xd9-\xfe]", data)]
    return data[:2], [data[place:end] for place, end in itertools.pairwise([*places, len(data)])]
