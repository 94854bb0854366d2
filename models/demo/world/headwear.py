"""What is worn on the head: glasses, sunglasses, hats."""

import numpy as np

from models.demo.world.body import Body
from models.demo.world.painter import Painter, Point, smooth
from models.demo.world.palette import CLOTH, darker, pick
from models.demo.world.scene import Figure


def eyewear(painter: Painter, body: Body, figure: Figure, shift: float, rng: np.random.Generator) -> None:
    """Glasses or dark sunglasses, where the figure wears any."""
    if not figure.eyewear:
        return
    size = body.size
    dark = figure.eyewear == "sunglasses"
    frame = darker(pick(CLOTH, rng), 0.65)
    for side in (-1, 1):
        x = side * 0.0265 + shift
        if dark:
            painter.disc(body.at(x, 0.091), 0.0255 * size, 0.0195 * size, (14, 14, 20))
            painter.line(body.path((x - 0.012, 0.096), (x + 0.006, 0.081)), (120, 130, 150), 0.0045 * size)
        else:
            ring = [(x + 0.021 * cx, 0.091 + 0.018 * cy) for cx, cy in _CIRCLE]
            painter.line(body.path(*ring, ring[0], ring[1]), frame, 0.0038 * size)
        painter.line(body.path((x + side * 0.020, 0.086), (side * 0.060, 0.082)), frame, 0.0045 * size)
    painter.line(body.path((shift - 0.008, 0.087), (shift + 0.008, 0.087)), frame, 0.0055 * size)


_CIRCLE: tuple[Point, ...] = (
    (1.0, 0.0), (0.866, 0.5), (0.5, 0.866), (0.0, 1.0), (-0.5, 0.866), (-0.866, 0.5),
    (-1.0, 0.0), (-0.866, -0.5), (-0.5, -0.866), (0.0, -1.0), (0.5, -0.866), (0.866, -0.5),
)  # fmt: skip


def hat(painter: Painter, body: Body, figure: Figure, rng: np.random.Generator) -> None:
    """A wide-brimmed hat, a top hat or a cap."""
    size = body.size
    color = pick(CLOTH, rng)
    band = darker(pick(CLOTH, rng), 0.3)
    if figure.hat == "brim":
        painter.ball(body.at(0, 0.032), 0.122 * size, 0.024 * size, darker(color, 0.12))
        painter.shape(smooth(body.mirrored((0.024, -0.046), (0.056, -0.030), (0.066, 0.030)), 3), color)
        painter.line(body.path((-0.063, 0.020), (0, 0.030), (0.063, 0.020)), band, 0.014 * size)
    elif figure.hat == "top":
        painter.shape(body.mirrored((0.062, -0.105), (0.054, 0.026)), color)
        painter.line(body.path((-0.055, 0.008), (0, 0.014), (0.055, 0.008)), band, 0.018 * size)
        painter.ball(body.at(0, 0.027), 0.094 * size, 0.015 * size, darker(color, 0.12))
    else:
        painter.shape(smooth(body.mirrored((0.030, -0.022), (0.062, 0.006), (0.070, 0.042)), 3), color)
        side = 1 if body.turn >= 0 else -1
        painter.shape(
            body.path((side * 0.02, 0.030), (side * 0.118, 0.046), (side * 0.112, 0.060), (-side * 0.02, 0.052)),
            darker(color, 0.2),
        )
        painter.disc(body.at(0, -0.020), 0.008 * size, 0.006 * size, band)
