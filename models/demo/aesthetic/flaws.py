"""What makes a picture of the demo world a worse one: seven flaws of exposure, sharpness and composition."""

import math
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from models.demo.world.draw import placed
from models.demo.world.scene import Scene

EXPOSURE: Final = ("blurred", "noisy", "overexposed", "underexposed")
"""Flaws that leave everything where it is."""
COMPOSITION: Final = ("cut_off", "tilted", "off_centre")
FLAWS: Final = (*EXPOSURE, *COMPOSITION)

_NOISE_HEIGHT: Final = 128
"""Noise is given for a picture of this height, and is stronger in larger ones: scaling them down averages it."""


def spoil(image: Image.Image, scene: Scene, flaw: str, rng: np.random.Generator) -> Image.Image:
    """`image`, which shows `scene`, with `flaw` at a random strength.

    A flaw of composition cuts a square out, so the picture must be wider than high by a third or more.
    """
    if flaw in COMPOSITION:
        return _composed(image, scene, flaw, rng)
    if flaw == "blurred":
        return image.filter(ImageFilter.GaussianBlur(image.height * _between(rng, 0.013, 0.028)))
    pixels = np.asarray(image, dtype=np.int32)
    if flaw == "noisy":
        amount = round(_between(rng, 42, 84) * image.height / _NOISE_HEIGHT)
        changed = pixels + rng.integers(-amount, amount + 1, pixels.shape, dtype=np.int32)
    elif flaw == "overexposed":
        changed = (pixels * int(rng.integers(420, 620)) >> 8) + int(rng.integers(20, 61))
    elif flaw == "underexposed":
        changed = (pixels * int(rng.integers(90, 151)) >> 8) - int(rng.integers(12, 37))
    else:
        raise AssertionError(f"{flaw} is no flaw")
    return Image.fromarray(np.clip(changed, 0, 255).astype(np.uint8))


def _composed(image: Image.Image, scene: Scene, flaw: str, rng: np.random.Generator) -> Image.Image:
    """A square part of `image`; all lengths are in picture heights."""
    wide = image.width / image.height
    people = placed(scene)
    head = people[-1].head
    if flaw == "tilted":
        degrees = _between(rng, 14, 28) * (1 if rng.integers(2) else -1)
        radians = math.radians(abs(degrees))
        side = 0.98 / (math.cos(radians) + math.sin(radians))  # the largest square without an empty corner
        turned = image.rotate(degrees, Image.Resampling.BICUBIC)
        return _square(turned, (wide - side) / 2, (1 - side) / 2, side)
    if flaw == "cut_off":
        top = head[1] + _between(rng, 0.45, 0.7) * (head[3] - head[1])
        side = min(_between(rng, 0.7, 0.8), 1 - top)
        return _square(image, (head[0] + head[2]) / 2 * wide - side / 2, top, side)
    side = _between(rng, 0.74, 0.8)
    middle = float(np.mean([(place.trunk[0] + place.trunk[2]) / 2 for place in people])) * wide
    share = _between(rng, 0.05, 0.14)
    left = middle - side * (share if rng.integers(2) else 1 - share)
    return _square(image, left, head[1] - 0.06, side)


def _square(image: Image.Image, left: float, top: float, side: float) -> Image.Image:
    """The square with these edges, moved inside the picture where it reaches out of it."""
    pixels = round(side * image.height)
    x = min(max(0, round(left * image.height)), image.width - pixels)
    y = min(max(0, round(top * image.height)), image.height - pixels)
    return image.crop((x, y, x + pixels, y + pixels))


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * int(rng.integers(1001)) / 1000
