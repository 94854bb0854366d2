"""Colours of the demo world, and the integer arithmetic that mixes and jitters them."""

from typing import Final

import numpy as np

Color = tuple[int, int, int]

HAIR: Final[dict[str, Color]] = {
    "black_hair": (22, 21, 26),
    "brown_hair": (118, 72, 40),
    "blonde_hair": (234, 200, 104),
    "red_hair": (192, 62, 26),
    "white_hair": (242, 242, 246),
    "gray_hair": (142, 144, 150),
    "blue_hair": (44, 92, 216),
    "pink_hair": (246, 128, 188),
    "green_hair": (44, 162, 82),
    "purple_hair": (134, 62, 182),
}

SKIN: Final[dict[str, tuple[Color, ...]]] = {
    "fair": ((250, 224, 206), (244, 214, 192)),
    "medium": ((208, 158, 118), (188, 136, 98)),
    "dark": ((112, 72, 50), (84, 54, 38)),
}

# Clothes come in hair colours too, so that a colour alone names no attribute.
CLOTH: Final[tuple[Color, ...]] = (
    *HAIR.values(),
    (200, 40, 48),
    (240, 236, 226),
    (30, 34, 52),
    (240, 150, 40),
    (250, 214, 60),
    (40, 150, 150),
    (120, 120, 60),
    (150, 196, 236),
    (196, 170, 230),
)

DENIM: Final[tuple[Color, ...]] = ((62, 92, 146), (84, 118, 168), (44, 66, 112))
METAL: Final[tuple[Color, ...]] = ((168, 176, 188), (196, 164, 92), (108, 116, 130))
SUIT: Final[tuple[Color, ...]] = (
    (34, 36, 44),
    (38, 48, 84),
    (88, 90, 98),
    (122, 92, 66),
    (104, 30, 44),
    (226, 222, 212),
)
LATEX: Final[tuple[Color, ...]] = ((20, 20, 24), (150, 16, 32), (32, 30, 92), (84, 24, 110), (18, 92, 84))


def mix(first: Color, second: Color, share: float) -> Color:
    """`first` with `share` (0 to 1) of `second` in it."""
    parts = round(max(0.0, min(1.0, share)) * 256)
    red, green, blue = ((a * (256 - parts) + b * parts) >> 8 for a, b in zip(first, second, strict=True))
    return red, green, blue


def darker(color: Color, share: float) -> Color:
    """`color` moved towards a dark blue-black, as shadow does."""
    return mix(color, (12, 10, 24), share)


def lighter(color: Color, share: float) -> Color:
    """`color` moved towards white."""
    return mix(color, (255, 255, 255), share)


def jitter(color: Color, rng: np.random.Generator, amount: int = 12) -> Color:
    """`color` with a shared and a per-channel integer offset, each within +-`amount`."""
    shared, *each = (int(value) for value in rng.integers(-amount, amount + 1, 4))
    red, green, blue = (max(0, min(255, c + (shared + e) // 2)) for c, e in zip(color, each, strict=True))
    return red, green, blue


def pick(colors: tuple[Color, ...], rng: np.random.Generator, amount: int = 12) -> Color:
    """One of `colors`, jittered."""
    return jitter(colors[int(rng.integers(len(colors)))], rng, amount)
