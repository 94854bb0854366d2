"""Places indoors: a stage, a room, and no place at all."""

import numpy as np

from models.demo.world.painter import Painter
from models.demo.world.palette import CLOTH, darker, jitter, lighter, mix, pick
from models.demo.world.sky import between, gradient, ground


def stage(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """Curtains, spotlights and their beams on a wooden floor."""
    curtain = darker(pick(((170, 24, 40), (60, 30, 110), (30, 60, 120), (120, 20, 80)), rng), 0.25)
    gradient(painter, darker(curtain, 0.7), darker(curtain, 0.55))
    for edge in (0, 1):
        for k in range(4):
            x = (0.03 + 0.05 * k) if edge == 0 else painter.width - (0.03 + 0.05 * k)
            painter.capsule((x, -0.05), (x, 0.80), (0.032, 0.032), curtain if k % 2 else lighter(curtain, 0.10))
    painter.fill([(0, 0), (painter.width, 0), (painter.width, 0.07), (0, 0.07)], curtain)
    gradient(painter, jitter((140, 96, 60), rng, 14), (70, 44, 30), 0.78, 1.0)
    colors = ((255, 250, 214), (255, 214, 120), (150, 210, 255), (255, 150, 200))
    base = darker(curtain, 0.6)
    for k in range(3):
        top = painter.width * (0.18 + 0.32 * k)
        foot = painter.width * (0.25 + 0.25 * k) + between(rng, -0.08, 0.08)
        beam = colors[int(rng.integers(len(colors)))]
        for share, half in ((0.22, 0.15), (0.36, 0.10)):
            painter.fill(
                [(top - 0.012, 0.05), (top + 0.012, 0.05), (foot + half, 0.80), (foot - half, 0.80)],
                mix(base, beam, share),
            )
        painter.disc((foot, 0.86), 0.19, 0.045, mix((140, 96, 60), beam, 0.6))
        painter.ball((top, 0.05), 0.030, 0.026, (60, 60, 66))
        painter.disc((top, 0.066), 0.020, 0.014, beam)


def plain(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """One colour, shaded, sometimes with loose discs."""
    tone = pick((*CLOTH, (200, 200, 204), (120, 124, 130)), rng)
    gradient(painter, mix(tone, (255, 255, 255), between(rng, 0, 0.5)), darker(tone, between(rng, 0, 0.35)))
    for _ in range(int(rng.integers(0, 6))):
        x, y = between(rng, 0, painter.width), between(rng, 0, 1)
        painter.disc((x, y), between(rng, 0.03, 0.16), between(rng, 0.03, 0.16), pick(CLOTH, rng))


def room(painter: Painter, rng: np.random.Generator, _sunset: bool) -> None:
    """A wall, a window, a picture or a plant."""
    wall = lighter(pick(CLOTH, rng), 0.35)
    gradient(painter, wall, darker(wall, 0.12), 0, 0.76)
    ground(painter, pick(((150, 104, 66), (120, 120, 124), (190, 170, 140)), rng), 0.75)
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
            painter.capsule((other + dx * 0.4, 0.70), (other + dx, 0.54), (0.012, 0.022), jitter((50, 130, 60), rng))
