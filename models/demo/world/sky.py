"""Sky and ground, by day and at sunset."""

import numpy as np

from models.demo.world.painter import Painter
from models.demo.world.palette import Color, darker, jitter, lighter, mix


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from `low` to `high`, in thousandths."""
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
        x = between(rng, 0.1, 0.9) * painter.width
        y = horizon - between(rng, 0.01, 0.08)
        for k, share in ((3, 0.25), (2, 0.55), (1, 1.0)):
            painter.disc((x, y), 0.045 + 0.03 * k, 0.045 + 0.03 * k, mix((250, 150, 80), (255, 240, 170), share))
        for _ in range(4):
            cx, cy = between(rng, 0, painter.width), between(rng, 0.05, horizon * 0.8)
            painter.disc((cx, cy), 0.14, 0.010, mix((190, 70, 100), (255, 170, 120), between(rng, 0, 1)))
        return
    gradient(painter, jitter((96, 164, 232), rng, 24), jitter((206, 232, 250), rng, 14), 0, horizon)
    for _ in range(int(rng.integers(1, 5))):
        cx, cy = between(rng, 0, painter.width), between(rng, 0.04, horizon * 0.7)
        for dx, r in ((-0.05, 0.028), (0.0, 0.04), (0.05, 0.03)):
            painter.disc((cx + dx, cy), r * 1.5, r, (250, 252, 255))


def ground(painter: Painter, color: Color, y: float) -> None:
    """The ground, from the height `y` down."""
    gradient(painter, lighter(color, 0.12), darker(color, 0.28), y, 1.0)
