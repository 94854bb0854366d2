"""Pictures that end early without a word from their decoder, and those that only look like it."""

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from functions.common.errors import ImageCorrupt, ImageTruncated
from functions.common.images import ImageLimits, decode
from tests.functions import pictures
from tests.functions.pictures import chunk, noise, plain, png

LIMITS = ImageLimits(max_pixels=1_000_000)


def truncated(data: bytes) -> bool:
    try:
        decode(data, LIMITS)
    except ImageTruncated:
        return True
    return False


def interlaced(width: int, height: int, rows: bytes, *, kind: int = 2, depth: int = 8) -> bytes:
    """A PNG whose header says that it is interlaced."""
    data = png(width, height, rows, kind=kind, depth=depth)
    header = data[16:28] + b"\x01"
    return data[:8] + chunk(b"IHDR", header) + data[33:]


@pytest.mark.parametrize(
    ("kind", "depth", "row_bytes"), [(2, 8, 30), (0, 8, 10), (0, 1, 2), (0, 16, 20), (4, 8, 20), (6, 16, 80), (3, 4, 5)]
)
def test_a_png_with_rows_missing(kind: int, depth: int, row_bytes: int) -> None:
    palette = chunk(b"PLTE", bytes(range(48)))
    rows = (b"\0" + b"\x11" * row_bytes) * 10
    assert not truncated(png(10, 10, rows, kind=kind, depth=depth, before=palette))
    for length in (0, 1, row_bytes + 1, len(rows) // 2, len(rows) - row_bytes - 1, len(rows) - 1):
        assert truncated(png(10, 10, rows[:length], kind=kind, depth=depth, before=palette))


def test_a_png_that_is_black_at_its_end_is_whole() -> None:
    """And one whose black end is missing is not."""
    rows = b"\0" * 31 * 10
    assert not truncated(png(10, 10, rows))
    assert truncated(png(10, 10, rows[:-1]))


def test_pixel_data_in_pieces_with_a_bomb_behind_it() -> None:
    """All that is inflated is what the picture needs."""
    packed = zlib.compress(b"\0" * 31 * 10 + bytes(10_000_000))
    pieces = b"".join(chunk(b"IDAT", packed[at : at + 7]) for at in range(0, len(packed), 7))
    assert not truncated(png(10, 10, pixels=pieces))


def test_a_stream_with_a_wrong_checksum_of_its_own() -> None:
    packed = zlib.compress(b"\0" * 31 * 10)
    with pytest.raises(ImageCorrupt):
        decode(png(10, 10, pixels=chunk(b"IDAT", packed[:-1] + b"\0")), LIMITS)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 2), (3, 5), (8, 8), (9, 7), (4, 13), (33, 31)])
@pytest.mark.parametrize(("kind", "depth"), [(2, 8), (0, 1), (0, 2), (6, 16)])
def test_an_interlaced_png_has_the_bytes_of_its_passes(size: tuple[int, int], kind: int, depth: int) -> None:
    """Counted pixel by pixel, as the specification draws the passes (PNG, 8.2)."""
    width, height = size
    order = np.tile(
        np.array(
            [
                [1, 6, 4, 6, 2, 6, 4, 6],
                [7, 7, 7, 7, 7, 7, 7, 7],
                [5, 6, 5, 6, 5, 6, 5, 6],
                [7, 7, 7, 7, 7, 7, 7, 7],
                [3, 6, 4, 6, 3, 6, 4, 6],
                [7, 7, 7, 7, 7, 7, 7, 7],
                [5, 6, 5, 6, 5, 6, 5, 6],
                [7, 7, 7, 7, 7, 7, 7, 7],
            ]
        ),
        (5, 5),
    )[:height, :width]
    bits = depth * {0: 1, 2: 3, 6: 4}[kind]
    length = sum(
        1 + -(-int((row == number).sum()) * bits // 8)
        for number in range(1, 8)
        for row in order
        if (row == number).any()
    )
    assert not truncated(interlaced(width, height, bytes(length), kind=kind, depth=depth))
    assert truncated(interlaced(width, height, bytes(length - 1), kind=kind, depth=depth))


def cut_jpeg(image: Image.Image, share: float, **options: Any) -> bytes:
    """The end of the picture follows on so much of its first scan."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, **options)
    data = buffer.getvalue()
    start = data.index(b"\xff\xda") + 14
    following = min(place for mark in (b"\xff\xc4", b"\xff\xd9") if (place := data.find(mark, start)) > 0)
    end = start + int((following - start) * share)
    return data[: end + (data[end - 1] == 0xFF)] + b"\xff\xd9"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"restart_marker_blocks": 3}], ids=str)
@pytest.mark.parametrize("share", [0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9])
def test_a_jpeg_that_ends_within_its_scan(mode: str, options: dict[str, Any], share: float) -> None:
    image = noise(100, 75).convert(mode)
    assert truncated(cut_jpeg(image, share, **options))
    assert not truncated(cut_jpeg(image, 1, **options))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_progressive_jpeg_without_some_of_its_scans(mode: str) -> None:
    """Cut before any scan but the last, which refines what others began."""
    buffer = io.BytesIO()
    noise(100, 75).convert(mode).save(buffer, "JPEG", progressive=True)
    whole = buffer.getvalue()
    assert not truncated(whole)
    scans = [at for at in range(len(whole)) if whole[at : at + 2] == b"\xff\xda"]
    lacking = [truncated(whole[: whole.rindex(b"\xff\xc4", 0, at)] + b"\xff\xd9") for at in scans[1:]]
    assert lacking[0]
    assert lacking == sorted(lacking, reverse=True)  # once it is whole it stays so
    assert not lacking[-1]


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_is_grey_at_its_end_is_whole(progressive: bool) -> None:
    for mode, grey in (("RGB", (128, 128, 128)), ("L", 128), ("CMYK", (127, 127, 127, 127))):
        buffer = io.BytesIO()
        Image.new(mode, (64, 48), grey).save(buffer, "JPEG", progressive=progressive)
        assert not truncated(buffer.getvalue())
    half_grey = noise(64, 48)
    assert not truncated(pictures.jpeg(plain((128, 128, 128), (64, 48)), restart_marker_blocks=2))
    half_grey.paste((128, 128, 128), (0, 16, 64, 48))
    assert not truncated(pictures.jpeg(half_grey, progressive=progressive))


def test_a_grey_jpeg_with_a_damaged_profile_is_whole() -> None:
    """What is looked at again is what was decoded: without the profile."""
    grey = pictures.jpeg(plain((128, 128, 128)))
    assert not truncated(pictures.after_start(grey, pictures.segment(0xE2, b"ICC_PROFILE\0")))


def test_a_jpeg_without_the_scan_of_a_color() -> None:
    """One scan for each component, of which the last was left out: decoders take it for grey."""
    whole = pictures.jpeg(plain((200, 30, 40)), progressive=True)
    scan = whole.index(b"\xff\xda")
    assert whole[scan + 4] == 3  # the first scan is for all three
    assert truncated(whole[: scan + 4] + b"\x01" + whole[scan + 5 :])


def test_what_is_not_noticed() -> None:
    """Accepted: a few blocks at the very end, and refinements of a progressive picture. Neither moves a score much."""
    whole = pictures.jpeg(noise(100, 75))
    assert not truncated(whole[:-12] + b"\xff\xd9")
    progressive = pictures.jpeg(noise(100, 75), progressive=True)
    assert not truncated(progressive[: progressive.rindex(b"\xff\xda") + 200] + b"\xff\xd9")
