"""Colours and turns, against values worked out by hand."""

import numpy as np
import pytest
from PIL import Image

from functions.common import pixels
from functions.common.pixels import UnreadableOrientation, to_rgb, turn
from tests.functions.pictures import ORIENTATION, tiff_block


def test_16_bit_grey_is_rescaled_and_rounded() -> None:
    every = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    seen = np.asarray(to_rgb(Image.fromarray(every)))
    expected = [round(value * 255 / 65_535) for value in range(65_536)]
    assert seen.shape == (256, 256, 3)
    assert (seen == np.array(expected).reshape(256, 256, 1)).all()


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("1", 0, (0, 0, 0)),
        ("L", 77, (77, 77, 77)),
        ("LA", (0, 0), (255, 255, 255)),
        ("LA", (0, 255), (0, 0, 0)),
        ("LA", (0, 51), (204, 204, 204)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("RGBA", (200, 100, 0, 0), (255, 255, 255)),
        ("RGBA", (200, 100, 0, 255), (200, 100, 0)),
        ("RGBA", (200, 100, 0, 51), (244, 224, 204)),
    ],
)
def test_transparency_lies_on_white(mode: str, color: object, expected: tuple[int, int, int]) -> None:
    image = to_rgb(Image.new(mode, (2, 2), color))  # type: ignore[arg-type]  # ImageDraw's colour type is narrower
    assert image.mode == "RGB"
    assert set(image.get_flattened_data()) == {expected}


def with_exif(padding: int) -> Image.Image:
    """A picture to be turned, by a directory that stands so many bytes into its EXIF block."""
    image = Image.new("RGB", (2, 2))
    block = tiff_block({ORIENTATION: 6})
    image.info["exif"] = block[:4] + (8 + padding).to_bytes(4) + bytes(padding) + block[8:]
    return image


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Expecting to read")
def test_a_turn_is_looked_for_in_the_first_256_kb() -> None:
    """What stands there may be a list of millions."""
    assert turn(with_exif(200_000)) is Image.Transpose.ROTATE_270
    assert turn(with_exif(300_000)) is None


def test_exif_as_text() -> None:
    def image(exif: str) -> Image.Image:
        picture = Image.new("RGB", (2, 2))
        picture.info["Raw profile type exif"] = f"\nexif\n{len(exif) // 2}\n{exif}"
        return picture

    block = tiff_block({ORIENTATION: 6}).hex()
    assert turn(image(block)) is Image.Transpose.ROTATE_270
    with pytest.raises(UnreadableOrientation):
        turn(image(block + "00" * 300_000))


@pytest.mark.parametrize(("mode", "color"), [("LA", (9, 51)), ("P", 7), ("I;16", 999), ("CMYK", (1, 2, 3, 4))])
def test_strips_show_no_seam(mode: str, color: object, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.new(mode, (7, 5), color)  # type: ignore[arg-type]  # ImageDraw's colour type is narrower
    whole = to_rgb(image)
    for size in (1, 14, 20):
        monkeypatch.setattr(pixels, "_STRIP_PIXELS", size)
        assert to_rgb(image).tobytes() == whole.tobytes()


def test_an_rgb_picture_is_not_copied() -> None:
    image = Image.new("RGB", (2, 2))
    assert to_rgb(image) is image
    assert turn(image) is None
