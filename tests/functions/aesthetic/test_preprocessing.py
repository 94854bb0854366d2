"""Pixels against the package's own preprocessing, under the Pillow it ran with; bit for bit."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from functions.aesthetic.manifest import CropPreprocessing
from functions.aesthetic.preprocessing import MAX_ASPECT_RATIO, preprocess
from functions.common.errors import ImageTooNarrow
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD
from models.aesthetic.reference.prompts import GOLDEN, PICTURES, SIZES, random_pixels

SPEC = CropPreprocessing(size=224, mean=PIXEL_MEAN, std=PIXEL_STD)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text())


def digest(image: Image.Image) -> str:
    found = preprocess(image, SPEC)
    assert found.shape == (1, 3, 224, 224)
    assert found.dtype == np.float32
    return hashlib.sha256(found.astype("<f4").tobytes()).hexdigest()


@pytest.mark.parametrize(
    "entry", golden("pixels.json")["pictures"], ids=lambda entry: f"{entry['width']}x{entry['height']}"
)
def test_any_size_is_bit_exact(entry: dict[str, Any]) -> None:
    assert digest(Image.fromarray(random_pixels(entry["width"], entry["height"]))) == entry["sha256"]


def test_every_size_is_compared() -> None:
    assert [(entry["width"], entry["height"]) for entry in golden("pixels.json")["pictures"]] == list(SIZES)


def test_one_resize_would_not_do() -> None:
    """Pillow 13 goes over the columns of a tall picture first; the package's Pillow never did."""
    picture = Image.fromarray(random_pixels(300, 1000))
    at_once = picture.resize((224, 746), Image.Resampling.BICUBIC).crop((0, 261, 224, 485))
    mean, std = (np.array(values, np.float32) for values in (PIXEL_MEAN, PIXEL_STD))
    pixels = (np.asarray(at_once).astype(np.float32) / 255 - mean) / std
    assert np.abs(pixels.transpose(2, 0, 1) - preprocess(picture, SPEC)[0]).max() > 0.1


@pytest.mark.parametrize("name", sorted(golden("rewards.json")["pictures"]))
def test_files_are_bit_exact(name: str) -> None:
    entry = golden("rewards.json")["pictures"][name]
    assert hashlib.sha256((PICTURES / name).read_bytes()).hexdigest() == entry["sha256"]
    with Image.open(PICTURES / name) as picture:
        assert picture.mode == "RGB"
        assert digest(picture) == entry["pixels_sha256"]


@pytest.mark.parametrize("size", [(MAX_ASPECT_RATIO, 1), (2, 2 * MAX_ASPECT_RATIO)])
def test_a_long_picture_is_taken_up_to_the_limit(size: tuple[int, int]) -> None:
    assert preprocess(Image.new("RGB", size), SPEC).shape == (1, 3, 224, 224)


@pytest.mark.parametrize("size", [(MAX_ASPECT_RATIO + 1, 1), (2, 2 * MAX_ASPECT_RATIO + 1), (1, 900)])
def test_a_longer_one_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ImageTooNarrow, match=rf"is {size[0]}x{size[1]}: .* the limit is 50"):
        preprocess(Image.new("RGB", size), SPEC)


def test_other_sizes_for_other_models() -> None:
    small = SPEC.model_copy(update={"size": 48})
    assert preprocess(Image.new("RGB", (100, 60)), small).shape == (1, 3, 48, 48)
