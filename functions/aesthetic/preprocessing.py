"""An upright RGB picture to the pixels ImageReward was trained on, bit for bit as its own package makes them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from functions.aesthetic.manifest import CropPreprocessing
from functions.common.errors import ImageTooNarrow

MAX_ASPECT_RATIO: Final = 50
"""Of the longer side to the shorter. Only the middle square is looked at, yet the whole picture has to be resized: a
line of 1 x 900 would become one of 224 x 201,600."""


def preprocess(image: Image.Image, spec: CropPreprocessing) -> NDArray[np.float32]:
    """Resize the shorter side, cut out the middle square, rescale, normalise: (1, 3, size, size).

    Raises ImageTooNarrow.
    """
    size = spec.size
    width, height = _resized(image.size, size)
    # One axis after the other, to fix the order: older Pillow began with the rows, Pillow 13 begins with the columns
    # where that is less work, and rounding in between makes the results differ.
    resized = image.resize((width, image.height), Image.Resampling.BICUBIC).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    # Halves are rounded to the even side, as torchvision's CenterCrop does.
    left, top = round((width - size) / 2), round((height - size) / 2)
    square = resized.crop((left, top, left + size, top + size))
    pixels = np.asarray(square, dtype=np.uint8).transpose(2, 0, 1)
    mean = np.array(spec.mean, dtype=np.float32)[:, None, None]
    std = np.array(spec.std, dtype=np.float32)[:, None, None]
    rescaled = pixels.astype(np.float32) / np.float32(255)
    return np.ascontiguousarray((rescaled - mean) / std)[None]


def _resized(original: tuple[int, int], size: int) -> tuple[int, int]:
    """Width and height with the shorter one at `size`, as torchvision's Resize rounds them."""
    width, height = original
    if max(original) > MAX_ASPECT_RATIO * min(original):
        ratio = max(original) / min(original)
        raise ImageTooNarrow(
            f"the picture is {width}x{height}: one side is {ratio:.0f} times the other; "
            f"the limit is {MAX_ASPECT_RATIO}",
            limit=MAX_ASPECT_RATIO,
            actual=round(ratio, 1),
        )
    if width <= height:
        return size, int(size * height / width)
    return int(size * width / height), size
