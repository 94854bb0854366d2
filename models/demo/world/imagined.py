"""Worlds that are made up: steampunk, fantasy, vaporwave."""

import numpy as np

from models.demo.world.painter import Painter, Point, smooth
from models.demo.world.palette import Color, darker, jitter, lighter, mix, pick
from models.demo.world.sky import between, gradient, ground


def _gear(painter: Painter, center: Point, radius: float, color: Color, turn: int) -> None:
    x, y = center
    ring = ((1.0, 0.0), (0.809, 0.588), (0.309, 0.951), (-0.309, 0.951), (-0.809, 0.588))
    teeth = (*ring, *((-a, -b) for a, b in ring))
    if turn:
        teeth = tuple((cx * 0.951 - cy * 0.309, cy * 0.951 + cx * 0.309) for cx, cy in teeth)
    for cx, cy in teeth:
        nx, ny = -cy, cx
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


def steampunk(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """Brass pipes, gears and dials."""
    gradient(painter, jitter((92, 62, 40), rng, 14), jitter((52, 34, 24), rng, 10))
    brass = ((184, 134, 62), (196, 116, 60), (150, 112, 66))
    for _ in range(4):
        x, r = between(rng, 0, painter.width), between(rng, 0.014, 0.026)
        painter.capsule((x, -0.05), (x, 1.0), (r, r), pick(brass, rng))
        y = between(rng, 0.1, 0.8)
        painter.capsule((x, y), (x + between(rng, -0.4, 0.4), y), (r * 0.8, r * 0.8), pick(brass, rng))
    for _ in range(7):
        center = (between(rng, 0, painter.width), between(rng, 0.05, 0.8))
        _gear(painter, center, between(rng, 0.05, 0.13), pick(brass, rng), int(rng.integers(2)))
    for _ in range(2):
        x, y = between(rng, 0.05, painter.width - 0.05), between(rng, 0.1, 0.5)
        painter.disc((x, y), 0.056, 0.056, (120, 84, 44))
        painter.disc((x, y), 0.044, 0.044, (240, 228, 196))
        painter.line([(x, y), (x + 0.024, y - 0.024)], (150, 30, 20), 0.007)
    ground(painter, (88, 56, 36), 0.84)


def fantasy(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """A castle with pointed roofs, a big moon, mushrooms and crystals."""
    gradient(painter, jitter((70, 60, 160), rng, 24), jitter((210, 170, 226), rng, 20), 0, 0.74)
    painter.disc((between(rng, 0.1, painter.width - 0.1), 0.16), 0.10, 0.10, (250, 240, 206))
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
    ground(painter, jitter((62, 120, 106), rng), 0.68)
    for _ in range(5):
        x, y = between(rng, 0, painter.width), between(rng, 0.70, 0.95)
        if rng.integers(2):
            painter.capsule((x, y), (x, y - 0.05), (0.012, 0.010), (240, 230, 214))
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


def vaporwave(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """A striped sun over a grid, a white column."""
    horizon = between(rng, 0.56, 0.68)
    gradient(painter, jitter((60, 30, 130), rng, 14), jitter((255, 140, 200), rng, 14), 0, horizon)
    x, r = between(rng, 0.2, 0.8) * painter.width, between(rng, 0.18, 0.25)
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
