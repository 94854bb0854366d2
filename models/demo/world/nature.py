"""Places outdoors: beach, forest, meadow."""

import numpy as np

from models.demo.world.painter import Painter, Point, smooth
from models.demo.world.palette import CLOTH, darker, jitter, lighter, mix, pick
from models.demo.world.sky import between, gradient, ground, sky


def beach(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    """Sand, sea, a palm, sometimes a parasol; at sunset too."""
    horizon = between(rng, 0.34, 0.52)
    sky(painter, rng, sunset, horizon)
    shore = horizon + between(rng, 0.14, 0.24)
    sea = (206, 110, 96) if sunset else (36, 136, 190)
    gradient(painter, jitter(sea, rng), lighter(sea, 0.25), horizon, shore)
    for _ in range(9):
        x, y = between(rng, 0, painter.width), between(rng, horizon + 0.01, shore - 0.01)
        painter.line([(x - 0.05, y), (x + 0.05, y)], lighter(sea, 0.55), 0.006)
    sand = (216, 160, 110) if sunset else (236, 208, 150)
    ground(painter, jitter(sand, rng, 8), shore)
    painter.line(
        [(0, shore), (painter.width * 0.4, shore + 0.012), (painter.width, shore - 0.008)], (250, 250, 246), 0.014
    )
    side = int(rng.integers(2))
    x = painter.width * (0.08 if side else 0.92)
    bend = 0.07 if side else -0.07
    painter.capsule((x, shore + 0.12), (x + bend, 0.26), (0.018, 0.012), (126, 88, 54))
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
        ux, uy = painter.width - x + between(rng, -0.06, 0.06), shore + 0.10
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


def forest(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    """Trunks and crowns in three depths over undergrowth; at sunset too."""
    if sunset:
        sky(painter, rng, sunset, 0.62)
    else:
        gradient(painter, jitter((150, 190, 150), rng), jitter((196, 214, 170), rng), 0, 0.66)
    ground(painter, jitter((72, 92, 48), rng), 0.62)
    green = (30, 84, 46)
    for depth in (0.0, 0.5, 1.0):
        for _ in range(5):
            x = between(rng, -0.05, painter.width + 0.05)
            base = 0.62 + 0.12 * depth + between(rng, 0, 0.05)
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
        x, y = between(rng, 0, painter.width), between(rng, 0.74, 0.98)
        painter.fill(
            [(x - 0.025, y), (x - 0.01, y - 0.05), (x, y - 0.015), (x + 0.012, y - 0.055), (x + 0.025, y)],
            jitter((54, 118, 52), rng, 20),
        )


def meadow(painter: Painter, rng: np.random.Generator, sunset: bool) -> None:
    """A hill and a field with flowers; at sunset too."""
    horizon = between(rng, 0.46, 0.62)
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
    ground(painter, field, horizon + 0.04)
    for _ in range(22):
        x, y = between(rng, 0, w), between(rng, horizon + 0.08, 0.99)
        painter.disc((x, y), 0.007, 0.006, pick(CLOTH, rng))
