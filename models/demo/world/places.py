"""Backgrounds: places and moods, each drawn behind the people."""

from collections.abc import Callable
from typing import Final

import numpy as np

from models.demo.world.painter import Painter, Point, smooth
from models.demo.world.palette import CLOTH, Color, darker, jitter, lighter, mix, pick

Place = Callable[[Painter, np.random.Generator, bool], None]

_NIGHT: Final[tuple[Color, ...]] = ((12, 14, 36), (22, 18, 44), (10, 22, 40))
_NEON: Final[tuple[Color, ...]] = ((255, 40, 170), (40, 230, 255), (170, 60, 255), (250, 240, 70), (60, 255, 150))


def _thousandths(rng: np.random.Generator, low: float, high: float) -> float:
    return int(rng.integers(round(low * 1000), round(high * 1000) + 1)) / 1000


def gradient(painter: Painter, top: Color, bottom: Color, y0: float = 0.0, y1: float = 1.0) -> None:
    """Horizontal bands from `top` to `bottom` between the heights `y0` and `y1`."""
    bands = 40
    for k in range(bands):
        a, b = y0 + (y1 - y0) * k / bands, y0 + (y1 - y0) * (k + 1) / bands + 0.004
        painter.fill([(0, a), (painter.width, a), (painter.width, b), (0, b)], mix(top, bottom, k / (bands - 1)))


def sky(painter: Painter, rng: np.random.Generator, sunset: bool, horizon: float) -> None:
    """The sky by day, or at sunset with a low sun."""
    if sunset:
        top = jitter((96, 52, 122), rng, 24)
        middle = jitter((240, 110, 70), rng, 18)
        gradient(painter, top, middle, 0, horizon * 0.62)
        gradient(painter, middle, jitter((255, 206, 104), rng, 14), horizon * 0.62, horizon)
        x = _thousandths(rng, 0.1, 0.9) * painter.width
        y = horizon - _thousandths(rng, 0.01, 0.08)
        for k, share in ((3, 0.25), (2, 0.55), (1, 1.0)):
            painter.disc((x, y), 0.045 + 0.03 * k, 0.045 + 0.03 * k, mix((250, 150, 80), (255, 240, 170), share))
        for _ in range(4):
            cx, cy = _thousandths(rng, 0, painter.width), _thousandths(rng, 0.05, horizon * 0.8)
            painter.disc((cx, cy), 0.14, 0.010, mix((190, 70, 100), (255, 170, 120), _thousandths(rng, 0, 1)))
        return
    gradient(painter, jitter((96, 164, 232), rng, 24), jitter((206, 232, 250), rng, 14), 0, horizon)
    for _ in range(int(rng.integers(1, 5))):
        cx, cy = _thousandths(rng, 0, painter.width), _thousandths(rng, 0.04, horizon * 0.7)
        for dx, r in ((-0.05, 0.028), (0.0, 0.04), (0.05, 0.03)):
            painter.disc((cx + dx, cy), r * 1.5, r, (250, 252, 255))


def _ground(painter: Painter, color: Color, y: float) -> None:
    gradient(painter, lighter(color, 0.12), darker(color, 0.28), y, 1.0)


def _beach(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    horizon = _thousandths(rng, 0.34, 0.52)
    sky(painter, rng, sunset, horizon)
    shore = horizon + _thousandths(rng, 0.14, 0.24)
    sea = (206, 110, 96) if sunset else (36, 136, 190)
    gradient(painter, jitter(sea, rng), lighter(sea, 0.25), horizon, shore)
    for _ in range(9):
        x, y = _thousandths(rng, 0, painter.width), _thousandths(rng, horizon + 0.01, shore - 0.01)
        painter.line([(x - 0.05, y), (x + 0.05, y)], lighter(sea, 0.55), 0.006)
    sand = (216, 160, 110) if sunset else (236, 208, 150)
    _ground(painter, jitter(sand, rng, 8), shore)
    painter.line(
        [(0, shore), (painter.width * 0.4, shore + 0.012), (painter.width, shore - 0.008)], (250, 250, 246), 0.014
    )
    side = int(rng.integers(2))
    x = painter.width * (0.08 if side else 0.92)
    bend = 0.07 if side else -0.07
    painter.capsule((x, shore + 0.12), (x + bend, 0.26), 0.018, 0.012, (126, 88, 54))
    for dx, dy in ((-0.15, 0.03), (-0.10, -0.09), (0.02, -0.13), (0.12, -0.07), (0.15, 0.05)):
        cx, cy = x + bend, 0.26
        leaf: list[Point] = [
            (cx, cy),
            (cx + dx * 0.6 - 0.01, cy + dy * 0.6 - 0.035),
            (cx + dx, cy + dy),
            (cx + dx * 0.5, cy + dy * 0.5 + 0.01),
        ]
        painter.fill(leaf, jitter((44, 128, 66), rng))
    if rng.integers(2):
        ux, uy = painter.width - x + _thousandths(rng, -0.06, 0.06), shore + 0.10
        painter.line([(ux, uy - 0.22), (ux, uy + 0.06)], (240, 240, 240), 0.008)
        painter.fill(
            [
                (ux - 0.15, uy - 0.16),
                (ux - 0.08, uy - 0.22),
                (ux, uy - 0.24),
                (ux + 0.08, uy - 0.22),
                (ux + 0.15, uy - 0.16),
            ],
            pick(CLOTH, rng),
        )


def _forest(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    if sunset:
        sky(painter, rng, sunset, 0.62)
    else:
        gradient(painter, jitter((150, 190, 150), rng), jitter((196, 214, 170), rng), 0, 0.66)
    _ground(painter, jitter((72, 92, 48), rng), 0.62)
    green = (30, 84, 46)
    for depth in (0.0, 0.5, 1.0):
        for _ in range(5):
            x = _thousandths(rng, -0.05, painter.width + 0.05)
            base = 0.62 + 0.12 * depth + _thousandths(rng, 0, 0.05)
            trunk = mix((126, 124, 96), jitter((84, 58, 38), rng), 0.3 + 0.7 * depth)
            leaf = mix((126, 164, 122), jitter(green, rng, 20), 0.3 + 0.7 * depth)
            width = 0.010 + 0.012 * depth
            painter.fill([(x - width, base), (x - width * 0.7, 0), (x + width * 0.7, 0), (x + width, base)], trunk)
            if rng.integers(2):
                for k in range(3):
                    y, half = base - 0.14 - 0.13 * k, 0.10 - 0.02 * k
                    painter.fill([(x - half, y), (x, y - 0.19), (x + half, y)], mix(leaf, (16, 50, 30), 0.1 * k))
            else:
                for dx, dy in ((-0.06, 0.0), (0.06, 0.02), (0.0, -0.07)):
                    painter.ball((x + dx, base - 0.42 + dy), 0.085, 0.075, leaf)
    for _ in range(10):
        x, y = _thousandths(rng, 0, painter.width), _thousandths(rng, 0.74, 0.98)
        painter.fill(
            [(x - 0.025, y), (x - 0.01, y - 0.05), (x, y - 0.015), (x + 0.012, y - 0.055), (x + 0.025, y)],
            jitter((54, 118, 52), rng, 20),
        )


def _skyline(
    painter: Painter, rng: np.random.Generator, base: float, window: tuple[Color, ...], wall: Color, low: float = 0.08
) -> None:
    x = -0.02
    while x < painter.width:
        wide, top = _thousandths(rng, 0.09, 0.19), _thousandths(rng, low, base - 0.16)
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


def _city_night(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    night = pick(_NIGHT, rng)
    gradient(painter, night, lighter(night, 0.18))
    for x, y in rng.integers(0, 1000, (16, 2)).tolist():
        painter.disc((x * painter.width / 1000, y / 2500), 0.003, 0.003, (230, 230, 240))
    if rng.integers(2):
        painter.disc((_thousandths(rng, 0.1, painter.width - 0.1), 0.12), 0.05, 0.05, (240, 238, 214))
    _skyline(painter, rng, 0.80, ((255, 224, 130), (255, 240, 190), (250, 200, 90)), lighter(night, 0.06))
    _ground(painter, (44, 44, 56), 0.78)
    for k in range(2):
        x = painter.width * (0.12 + 0.76 * k)
        painter.line([(x, 0.86), (x, 0.44)], (70, 70, 80), 0.012)
        painter.disc((x, 0.44), 0.032, 0.026, (255, 236, 170))


def _cyberpunk(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    gradient(painter, jitter((22, 8, 52), rng, 8), jitter((116, 22, 120), rng, 20))
    _skyline(painter, rng, 0.80, _NEON[:3], (26, 16, 58), 0.02)
    for _ in range(6):
        x, y = _thousandths(rng, 0, painter.width), _thousandths(rng, 0.05, 0.55)
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
    _ground(painter, (34, 20, 66), 0.79)
    for k in range(9):
        x = painter.width * k / 8
        painter.line([(x, 0.80), ((x - painter.width / 2) * 2.6 + painter.width / 2, 1.0)], _NEON[k % 2], 0.005)
    for y in (0.82, 0.87, 0.94):
        painter.line([(0, y), (painter.width, y)], _NEON[1], 0.005)


def _gear(painter: Painter, center: Point, radius: float, color: Color, turn: int) -> None:
    (x, y), teeth = center, 10
    ring = ((1.0, 0.0), (0.809, 0.588), (0.309, 0.951), (-0.309, 0.951), (-0.809, 0.588))
    for cx, cy in (*ring, *((-a, -b) for a, b in ring))[:teeth]:
        nx, ny = -cy, cx
        if turn:
            cx, cy, nx, ny = (v * 0.951 + w * 0.309 for v, w in ((cx, -cy), (cy, cx), (nx, -ny), (ny, nx)))
        half, tip = radius * 0.13, radius * 1.22
        painter.fill(
            [
                (x + nx * half, y + ny * half),
                (x + cx * tip + nx * half, y + cy * tip + ny * half),
                (x + cx * tip - nx * half, y + cy * tip - ny * half),
                (x - nx * half, y - ny * half),
            ],
            darker(color, 0.15),
        )
    painter.ball(center, radius, radius, color, 0.4)
    painter.disc(center, radius * 0.55, radius * 0.55, darker(color, 0.55))
    painter.disc(center, radius * 0.24, radius * 0.24, lighter(color, 0.2))


def _steampunk(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    gradient(painter, jitter((92, 62, 40), rng, 14), jitter((52, 34, 24), rng, 10))
    brass = ((184, 134, 62), (196, 116, 60), (150, 112, 66))
    for _ in range(4):
        x, r = _thousandths(rng, 0, painter.width), _thousandths(rng, 0.014, 0.026)
        painter.capsule((x, -0.05), (x, 1.0), r, r, pick(brass, rng))
        y = _thousandths(rng, 0.1, 0.8)
        painter.capsule((x, y), (x + _thousandths(rng, -0.4, 0.4), y), r * 0.8, r * 0.8, pick(brass, rng))
    for _ in range(7):
        center = (_thousandths(rng, 0, painter.width), _thousandths(rng, 0.05, 0.8))
        _gear(painter, center, _thousandths(rng, 0.05, 0.13), pick(brass, rng), int(rng.integers(2)))
    for _ in range(2):
        x, y = _thousandths(rng, 0.05, painter.width - 0.05), _thousandths(rng, 0.1, 0.5)
        painter.disc((x, y), 0.056, 0.056, (120, 84, 44))
        painter.disc((x, y), 0.044, 0.044, (240, 228, 196))
        painter.line([(x, y), (x + 0.024, y - 0.024)], (150, 30, 20), 0.007)
    _ground(painter, (88, 56, 36), 0.84)


def _fantasy(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    gradient(painter, jitter((70, 60, 160), rng, 24), jitter((210, 170, 226), rng, 20), 0, 0.74)
    painter.disc((_thousandths(rng, 0.1, painter.width - 0.1), 0.16), 0.10, 0.10, (250, 240, 206))
    hill = jitter((98, 92, 156), rng)
    painter.fill(
        smooth(
            [
                (-0.1, 0.9),
                (-0.1, 0.56),
                (painter.width * 0.3, 0.48),
                (painter.width * 0.7, 0.60),
                (painter.width + 0.1, 0.50),
                (painter.width + 0.1, 0.9),
            ]
        ),
        hill,
    )
    x0 = painter.width * (0.22 if rng.integers(2) else 0.78)
    stone = jitter((196, 190, 216), rng)
    for dx, top, half in (
        (-0.13, 0.30, 0.034),
        (0.13, 0.27, 0.034),
        (0.0, 0.18, 0.046),
        (-0.06, 0.38, 0.05),
        (0.07, 0.40, 0.05),
    ):
        x = x0 + dx
        painter.fill([(x - half, top), (x + half, top), (x + half, 0.60), (x - half, 0.60)], stone)
        painter.fill([(x - half * 1.25, top), (x, top - 0.13), (x + half * 1.25, top)], jitter((94, 60, 150), rng))
        painter.fill(
            [(x - 0.010, top + 0.05), (x + 0.010, top + 0.05), (x + 0.010, top + 0.085), (x - 0.010, top + 0.085)],
            (255, 226, 130),
        )
    _ground(painter, jitter((62, 120, 106), rng), 0.68)
    for _ in range(5):
        x, y = _thousandths(rng, 0, painter.width), _thousandths(rng, 0.70, 0.95)
        if rng.integers(2):
            painter.capsule((x, y), (x, y - 0.05), 0.012, 0.010, (240, 230, 214))
            painter.ball((x, y - 0.06), 0.045, 0.026, jitter((206, 60, 96), rng, 30))
            painter.disc((x - 0.014, y - 0.066), 0.008, 0.006, (255, 255, 255))
            painter.disc((x + 0.016, y - 0.060), 0.007, 0.005, (255, 255, 255))
        else:
            gem = jitter((90, 220, 240), rng, 30)
            painter.shape(
                [(x, y - 0.13), (x + 0.026, y - 0.06), (x + 0.014, y), (x - 0.014, y), (x - 0.026, y - 0.06)], gem, 0.6
            )
    for x, y in rng.integers(0, 1000, (22, 2)).tolist():
        painter.disc((x * painter.width / 1000, y / 1100), 0.0045, 0.0045, (255, 250, 200))


def _vaporwave(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    horizon = _thousandths(rng, 0.56, 0.68)
    gradient(painter, jitter((60, 30, 130), rng, 14), jitter((255, 140, 200), rng, 14), 0, horizon)
    x, r = _thousandths(rng, 0.2, 0.8) * painter.width, _thousandths(rng, 0.18, 0.25)
    y = horizon - r * 0.75
    painter.disc((x, y), r, r, (255, 196, 110))
    painter.disc((x, y - r * 0.02), r * 0.97, r * 0.97, (255, 120, 170))
    for k in range(5):
        top = y + r * (-0.05 + 0.2 * k)
        painter.fill(
            [
                (x - r * 1.02, top),
                (x + r * 1.02, top),
                (x + r * 1.02, top + 0.010 + 0.003 * k),
                (x - r * 1.02, top + 0.010 + 0.003 * k),
            ],
            mix((110, 60, 160), (255, 140, 200), top / horizon),
        )
    gradient(painter, (54, 20, 96), (26, 10, 64), horizon, 1.0)
    teal = jitter((64, 240, 230), rng, 14)
    for k in range(15):
        gx = painter.width * (k - 7) / 14
        painter.line([(painter.width / 2 + gx, horizon), (painter.width / 2 + gx * 5, 1.0)], teal, 0.006)
    for k in range(6):
        gy = horizon + (1 - horizon) * (k / 6) * (k / 6)
        painter.line([(0, gy), (painter.width, gy)], teal, 0.006)
    px = painter.width * (0.1 if rng.integers(2) else 0.9)
    painter.fill([(px - 0.05, 0.42), (px + 0.05, 0.42), (px + 0.05, 0.86), (px - 0.05, 0.86)], (240, 226, 236))
    for dx in (-0.03, -0.01, 0.01, 0.03):
        painter.line([(px + dx, 0.44), (px + dx, 0.84)], (196, 170, 206), 0.006)
    for cy in (0.42, 0.86):
        painter.fill(
            [(px - 0.07, cy - 0.02), (px + 0.07, cy - 0.02), (px + 0.07, cy + 0.02), (px - 0.07, cy + 0.02)],
            (250, 240, 246),
        )


def _stage(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    curtain = darker(pick(((170, 24, 40), (60, 30, 110), (30, 60, 120), (120, 20, 80)), rng), 0.25)
    gradient(painter, darker(curtain, 0.7), darker(curtain, 0.55))
    for edge in (0, 1):
        for k in range(4):
            x = (0.03 + 0.05 * k) if edge == 0 else painter.width - (0.03 + 0.05 * k)
            painter.capsule((x, -0.05), (x, 0.80), 0.032, 0.032, curtain if k % 2 else lighter(curtain, 0.10))
    painter.fill([(0, 0), (painter.width, 0), (painter.width, 0.07), (0, 0.07)], curtain)
    gradient(painter, jitter((140, 96, 60), rng, 14), (70, 44, 30), 0.78, 1.0)
    colors = ((255, 250, 214), (255, 214, 120), (150, 210, 255), (255, 150, 200))
    base = darker(curtain, 0.6)
    for k in range(3):
        top = painter.width * (0.18 + 0.32 * k)
        foot = painter.width * (0.25 + 0.25 * k) + _thousandths(rng, -0.08, 0.08)
        beam = colors[int(rng.integers(len(colors)))]
        for share, half in ((0.22, 0.15), (0.36, 0.10)):
            painter.fill(
                [(top - 0.012, 0.05), (top + 0.012, 0.05), (foot + half, 0.80), (foot - half, 0.80)],
                mix(base, beam, share),
            )
        painter.disc((foot, 0.86), 0.19, 0.045, mix((140, 96, 60), beam, 0.6))
        painter.ball((top, 0.05), 0.030, 0.026, (60, 60, 66))
        painter.disc((top, 0.066), 0.020, 0.014, beam)


def _plain(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    tone = pick((*CLOTH, (200, 200, 204), (120, 124, 130)), rng)
    gradient(painter, mix(tone, (255, 255, 255), _thousandths(rng, 0, 0.5)), darker(tone, _thousandths(rng, 0, 0.35)))
    for _ in range(int(rng.integers(0, 6))):
        x, y = _thousandths(rng, 0, painter.width), _thousandths(rng, 0, 1)
        painter.disc((x, y), _thousandths(rng, 0.03, 0.16), _thousandths(rng, 0.03, 0.16), pick(CLOTH, rng))


def _room(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    wall = lighter(pick(CLOTH, rng), 0.35)
    gradient(painter, wall, darker(wall, 0.12), 0, 0.76)
    _ground(painter, pick(((150, 104, 66), (120, 120, 124), (190, 170, 140)), rng), 0.75)
    painter.line([(0, 0.75), (painter.width, 0.75)], lighter(wall, 0.6), 0.016)
    x = painter.width * (0.2 if rng.integers(2) else 0.8)
    frame, glass = (244, 240, 232), pick(((170, 214, 240), (30, 36, 70), (236, 220, 170)), rng)
    painter.fill([(x - 0.14, 0.14), (x + 0.14, 0.14), (x + 0.14, 0.50), (x - 0.14, 0.50)], frame)
    painter.fill([(x - 0.12, 0.16), (x + 0.12, 0.16), (x + 0.12, 0.48), (x - 0.12, 0.48)], glass)
    painter.line([(x, 0.15), (x, 0.49)], frame, 0.012)
    other = painter.width - x
    if rng.integers(2):
        painter.shape(
            [(other - 0.08, 0.20), (other + 0.08, 0.20), (other + 0.08, 0.42), (other - 0.08, 0.42)], pick(CLOTH, rng)
        )
        painter.disc((other, 0.31), 0.04, 0.06, pick(CLOTH, rng))
    else:
        painter.shape(
            [(other - 0.04, 0.82), (other + 0.04, 0.82), (other + 0.05, 0.70), (other - 0.05, 0.70)], pick(CLOTH, rng)
        )
        for dx in (-0.06, -0.02, 0.03, 0.07):
            painter.capsule((other + dx * 0.4, 0.70), (other + dx, 0.54), 0.012, 0.022, jitter((50, 130, 60), rng))


def _meadow(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    horizon = _thousandths(rng, 0.46, 0.62)
    sky(painter, rng, sunset, horizon + 0.03)
    field = jitter((112, 108, 54) if sunset else (104, 170, 78), rng, 18)
    w = painter.width
    painter.fill(
        smooth(
            [
                (-0.2, 1.0),
                (-0.2, horizon),
                (w * 0.3, horizon - 0.07),
                (w * 0.6, horizon + 0.03),
                (w + 0.2, horizon - 0.05),
                (w + 0.2, 1.0),
            ]
        ),
        darker(field, 0.2),
    )
    _ground(painter, field, horizon + 0.04)
    for _ in range(22):
        x, y = _thousandths(rng, 0, w), _thousandths(rng, horizon + 0.08, 0.99)
        painter.disc((x, y), 0.007, 0.006, pick(CLOTH, rng))


def _street(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    sky(painter, rng, sunset, 0.60)
    glass: tuple[Color, ...] = ((120, 150, 180), (90, 120, 150), (196, 214, 226))
    wall = pick(((190, 150, 126), (170, 170, 176), (214, 196, 160), (150, 100, 90)), rng)
    _skyline(painter, rng, 0.76, glass, darker(wall, 0.25) if sunset else wall, 0.22 if not sunset else 0.40)
    _ground(painter, jitter((128, 126, 130), rng), 0.75)
    painter.line([(0, 0.80), (painter.width, 0.80)], (226, 222, 210), 0.010)


PLACES: Final[dict[str, Place]] = {
    "beach": _beach,
    "forest": _forest,
    "city_night": _city_night,
    "cyberpunk": _cyberpunk,
    "steampunk": _steampunk,
    "fantasy": _fantasy,
    "vaporwave": _vaporwave,
    "stage": _stage,
    "plain": _plain,
    "room": _room,
    "meadow": _meadow,
    "street": _street,
}
