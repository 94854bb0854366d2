"""Props: what a service scene puts beside, in the hands of or in front of the people, and everyday clutter."""

import numpy as np

from models.demo.world.body import Body
from models.demo.world.painter import Painter, Point
from models.demo.world.palette import CLOTH, Color, darker, lighter, pick

_STEEL: Color = (128, 132, 142)


def _dumbbell(painter: Painter, center: Point, size: float, color: Color) -> None:
    x, y = center
    painter.capsule((x - size * 0.55, y), (x + size * 0.55, y), (size * 0.13, size * 0.13), (176, 180, 188), 0.5)
    for side in (-1, 1):
        for offset, tall in ((0.42, 0.46), (0.66, 0.36)):
            cx = x + side * size * offset
            half = size * 0.11
            painter.shape(
                [
                    (cx - half, y - size * tall),
                    (cx + half, y - size * tall),
                    (cx + half, y + size * tall),
                    (cx - half, y + size * tall),
                ],
                color,
            )


def fitness(painter: Painter, bodies: list[Body], rng: np.random.Generator) -> None:
    """Dumbbells in the hands, and a rack of them."""
    weight = darker(pick(CLOTH, rng), 0.55)
    lead = bodies[-1]
    for side in (-1, 1):
        _dumbbell(painter, lead.at(*lead.arm(side)[2]), 0.085 * lead.size, weight)
    x = 0.13 if rng.integers(2) else painter.width - 0.13
    y = 0.90
    for dy in (0.0, -0.11):
        painter.line([(x - 0.13, y + dy), (x + 0.13, y + dy)], _STEEL, 0.016)
        for dx in (-0.065, 0.065):
            _dumbbell(painter, (x + dx, y + dy - 0.035), 0.070, weight)
    for dx in (-0.12, 0.12):
        painter.line([(x + dx, y - 0.13), (x + dx, y + 0.07)], _STEEL, 0.014)


def dinner(painter: Painter, _bodies: list[Body], rng: np.random.Generator) -> None:
    """A laid table in front: cloth, plates, glasses and lit candles."""
    top = 0.74 + int(rng.integers(0, 60)) / 1000
    cloth = pick(((246, 244, 238), (150, 24, 40), (30, 50, 90), (216, 200, 170)), rng)
    width = painter.width
    painter.shape([(width * 0.04, top), (width * 0.96, top), (width * 1.02, 1.02), (-width * 0.02, 1.02)], cloth)
    painter.line([(width * 0.04, top), (width * 0.96, top)], lighter(cloth, 0.5), 0.012)
    for place in (0.24, 0.76):
        x = width * place + int(rng.integers(-30, 31)) / 1000
        painter.disc((x, top + 0.095), 0.085, 0.030, (222, 222, 226))
        painter.disc((x, top + 0.092), 0.060, 0.020, (250, 250, 250))
        painter.disc((x, top + 0.090), 0.030, 0.011, pick(((200, 90, 50), (110, 150, 60), (220, 170, 70)), rng))
        gx = x + (0.105 if place < 0.5 else -0.105)
        painter.line([(gx, top + 0.07), (gx, top + 0.005)], (226, 232, 240), 0.007)
        painter.disc((gx, top + 0.072), 0.024, 0.008, (226, 232, 240))
        painter.shape(
            [
                (gx - 0.024, top - 0.060),
                (gx + 0.024, top - 0.060),
                (gx + 0.012, top + 0.010),
                (gx - 0.012, top + 0.010),
            ],
            (214, 224, 236),
        )
        painter.fill(
            [
                (gx - 0.021, top - 0.040),
                (gx + 0.021, top - 0.040),
                (gx + 0.011, top + 0.006),
                (gx - 0.011, top + 0.006),
            ],
            (150, 24, 48),
        )
    for k in range(2):
        x = width * (0.46 + 0.09 * k)
        tall = 0.11 + 0.03 * k
        painter.shape(
            [
                (x - 0.013, top + 0.06),
                (x - 0.013, top + 0.06 - tall),
                (x + 0.013, top + 0.06 - tall),
                (x + 0.013, top + 0.06),
            ],
            (248, 240, 214),
        )
        flame = top + 0.06 - tall - 0.026
        painter.disc((x, flame), 0.026, 0.034, (255, 190, 90))
        painter.disc((x, flame + 0.004), 0.012, 0.024, (255, 246, 190))


def travel(painter: Painter, _bodies: list[Body], rng: np.random.Generator) -> None:
    """A wheeled suitcase with stickers and a pulled-out handle, sometimes a second one and a folded map."""
    left = bool(rng.integers(2))
    count = 1 + int(rng.integers(2))
    for k in range(count):
        x = 0.16 if left == (k == 0) else painter.width - 0.16
        tall, half = 0.27 - 0.05 * k, 0.100 - 0.015 * k
        bottom = 0.95
        color = pick(CLOTH, rng)
        for dx in (-0.045, 0.045):
            painter.line([(x + dx, bottom - tall), (x + dx, bottom - tall - 0.12)], (150, 154, 160), 0.010)
        painter.line([(x - 0.052, bottom - tall - 0.12), (x + 0.052, bottom - tall - 0.12)], (50, 50, 56), 0.020)
        painter.shape(
            [(x - half, bottom - tall), (x + half, bottom - tall), (x + half, bottom), (x - half, bottom)], color
        )
        for dx in (-0.5, 0.0, 0.5):
            painter.line(
                [(x + dx * half, bottom - tall + 0.02), (x + dx * half, bottom - 0.02)], darker(color, 0.35), 0.007
            )
        painter.disc((x - half * 0.35, bottom - tall * 0.7), 0.026, 0.026, lighter(pick(CLOTH, rng), 0.3))
        painter.disc((x + half * 0.35, bottom - tall * 0.35), 0.022, 0.022, lighter(pick(CLOTH, rng), 0.3))
        for dx in (-0.7, 0.7):
            painter.disc((x + dx * half, bottom + 0.014), 0.020, 0.020, (26, 26, 30))


def clutter(painter: Painter, rng: np.random.Generator) -> None:
    """Things that mean nothing: balloons, balls, boxes and lamps, in any colour."""
    for _ in range(int(rng.integers(0, 4))):
        x = int(rng.integers(0, 1001)) / 1000 * painter.width
        kind, size = int(rng.integers(4)), 0.03 + int(rng.integers(0, 40)) / 1000
        color = pick(CLOTH, rng)
        if kind == 0:
            y = 0.08 + int(rng.integers(0, 300)) / 1000
            painter.line([(x, y), (x + 0.012, y + 0.22)], (90, 90, 90), 0.004)
            painter.ball((x, y), size, size * 1.2, color)
        elif kind == 1:
            painter.ball((x, 0.93), size, size, color)
        elif kind == 2:
            painter.shape(
                [(x - size, 0.97 - size * 2), (x + size, 0.97 - size * 2), (x + size, 0.97), (x - size, 0.97)], color
            )
        else:
            painter.line([(x, 0.95), (x, 0.55)], darker(color, 0.5), 0.010)
            painter.shape(
                [(x - size * 1.2, 0.58), (x - size * 0.6, 0.49), (x + size * 0.6, 0.49), (x + size * 1.2, 0.58)], color
            )
