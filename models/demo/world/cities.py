"""Places in a city: a street by day, the city at night, a cyberpunk one."""

from typing import Final

import numpy as np

from models.demo.world.painter import Painter
from models.demo.world.palette import Color, darker, jitter, lighter, pick
from models.demo.world.sky import between, gradient, ground, sky

_NIGHT: Final[tuple[Color, ...]] = ((12, 14, 36), (22, 18, 44), (10, 22, 40))
_NEON: Final[tuple[Color, ...]] = ((255, 40, 170), (40, 230, 255), (170, 60, 255), (250, 240, 70), (60, 255, 150))


def _skyline(
    painter: Painter, rng: np.random.Generator, *, base: float, window: tuple[Color, ...], wall: Color, low: float
) -> None:
    x = -0.02
    while x < painter.width:
        wide, top = between(rng, 0.09, 0.19), between(rng, low, base - 0.16)
        color = jitter(wall, rng, 10)
        painter.fill([(x, top), (x + wide, top), (x + wide, base), (x, base)], color)
        rows, columns = int((base - top) / 0.05), max(2, int(wide / 0.036))
        for row in range(rows):
            lit = rng.integers(0, 3, columns)
            for column in range(columns):
                if lit[column]:
                    wx, wy = x + wide * (column + 0.28) / columns, top + 0.018 + row * 0.05
                    shade = window[int(rng.integers(len(window)))]
                    painter.fill([(wx, wy), (wx + 0.016, wy), (wx + 0.016, wy + 0.022), (wx, wy + 0.022)], shade)
        x += wide + 0.004


def city_night(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """Lit windows, street lamps, a night sky."""
    night = pick(_NIGHT, rng)
    gradient(painter, night, lighter(night, 0.18))
    for x, y in rng.integers(0, 1000, (16, 2)).tolist():
        painter.disc((x * painter.width / 1000, y / 2500), 0.003, 0.003, (230, 230, 240))
    if rng.integers(2):
        painter.disc((between(rng, 0.1, painter.width - 0.1), 0.12), 0.05, 0.05, (240, 238, 214))
    window = ((255, 224, 130), (255, 240, 190), (250, 200, 90))
    _skyline(painter, rng, base=0.80, window=window, wall=lighter(night, 0.06), low=0.08)
    ground(painter, (44, 44, 56), 0.78)
    for k in range(2):
        x = painter.width * (0.12 + 0.76 * k)
        painter.line([(x, 0.86), (x, 0.44)], (70, 70, 80), 0.012)
        painter.disc((x, 0.44), 0.032, 0.026, (255, 236, 170))


def cyberpunk(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """A city at night in neon, with signs and a lit grid on the ground."""
    gradient(painter, jitter((22, 8, 52), rng, 8), jitter((116, 22, 120), rng, 20))
    _skyline(painter, rng, base=0.80, window=_NEON[:3], wall=(26, 16, 58), low=0.02)
    for _ in range(6):
        x, y = between(rng, 0, painter.width), between(rng, 0.05, 0.55)
        w, h = (0.036, 0.15) if rng.integers(2) else (0.13, 0.048)
        neon = _NEON[int(rng.integers(len(_NEON)))]
        box = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
        painter.fill(box, darker(neon, 0.72))
        painter.line([*box, box[0]], neon, 0.009)
        for k in range(3):
            painter.line(
                [(x + w * 0.25, y + h * (0.25 + 0.25 * k)), (x + w * 0.75, y + h * (0.25 + 0.25 * k))],
                lighter(neon, 0.35),
                0.008,
            )
    ground(painter, (34, 20, 66), 0.79)
    for k in range(9):
        x = painter.width * k / 8
        painter.line([(x, 0.80), ((x - painter.width / 2) * 2.6 + painter.width / 2, 1.0)], _NEON[k % 2], 0.005)
    for y in (0.82, 0.87, 0.94):
        painter.line([(0, y), (painter.width, y)], _NEON[1], 0.005)


def street(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    """House fronts by day or at sunset."""
    sky(painter, rng, sunset, 0.60)
    glass: tuple[Color, ...] = ((120, 150, 180), (90, 120, 150), (196, 214, 226))
    wall = pick(((190, 150, 126), (170, 170, 176), (214, 196, 160), (150, 100, 90)), rng)
    wall, low = (darker(wall, 0.25), 0.40) if sunset else (wall, 0.22)
    _skyline(painter, rng, base=0.76, window=glass, wall=wall, low=low)
    ground(painter, jitter((128, 126, 130), rng), 0.75)
    painter.line([(0, 0.80), (painter.width, 0.80)], (226, 222, 210), 0.010)
