"""Colours and turns, against values worked out by hand."""

import numpy as np
import pytest
from PIL import Image

from functions.common.pixels import to_rgb, turn


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


def test_an_rgb_picture_is_not_copied() -> None:
    image = Image.new("RGB", (2, 2))
    assert to_rgb(image) is image
    assert turn(image) is None
