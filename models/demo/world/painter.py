"""Shaded shapes on a Pillow image: the same polygon is cel-shaded, modelled softly, or made to shine, by style."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from models.demo.world.palette import Color, darker, lighter, mix

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """How a style shades a shape: `outline` in picture heights, `shadow` and `light` as shares of dark and white."""

    outline: float
    steps: int
    shadow: float
    light: float
    specular: float


LOOKS: Final[dict[str, Look]] = {
    "anime": Look(outline=0.0055, steps=2, shadow=0.26, light=0.04, specular=0.0),
    "photorealistic": Look(outline=0.0, steps=12, shadow=0.42, light=0.12, specular=0.0),
    "3d_render": Look(outline=0.0, steps=12, shadow=0.52, light=0.20, specular=0.75),
    "artistic": Look(outline=0.0, steps=3, shadow=0.30, light=0.14, specular=0.0),
}


def smooth(points: Sequence[Point], per_segment: int = 4) -> list[Point]:
    """A closed Catmull-Rom curve through `points`."""
    curve: list[Point] = []
    count = len(points)
    for i in range(count):
        before, start, end, after = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        for step in range(per_segment):
            t = step / per_segment
            weights = (
                (-t + 2 * t * t - t * t * t) / 2,
                (2 - 5 * t * t + 3 * t * t * t) / 2,
                (t + 4 * t * t - 3 * t * t * t) / 2,
                (-t * t + t * t * t) / 2,
            )
            around = (before, start, end, after)
            curve.append(
                (
                    sum(w * p[0] for w, p in zip(weights, around, strict=True)),
                    sum(w * p[1] for w, p in zip(weights, around, strict=True)),
                )
            )
    return curve


class Painter:
    """Draws in units of the picture's height: (0, 0) is the top left corner, y = 1 the bottom edge."""

    def __init__(self, image: Image.Image, look: Look, light: Point = (-0.5, -0.6)) -> None:
        self.look = look
        self.light = light
        self.unit = image.height
        self.width = image.width / image.height
        self._draw = ImageDraw.Draw(image)

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        return [(round(x * self.unit, 2), round(y * self.unit, 2)) for x, y in points]

    def fill(self, points: Sequence[Point], color: Color) -> None:
        """A polygon in one flat colour."""
        self._draw.polygon(self._pixels(points), fill=color)

    def disc(self, center: Point, rx: float, ry: float, color: Color) -> None:
        """An ellipse in one flat colour."""
        (x, y), unit = center, self.unit
        self._draw.ellipse(
            (
                round((x - rx) * unit, 2),
                round((y - ry) * unit, 2),
                round((x + rx) * unit, 2),
                round((y + ry) * unit, 2),
            ),
            fill=color,
        )

    def line(self, points: Sequence[Point], color: Color, width: float) -> None:
        """A flat line of `width` picture heights through `points`."""
        self._draw.line(self._pixels(points), fill=color, width=max(1, round(width * self.unit)), joint="curve")

    def shape(self, points: Sequence[Point], color: Color, gloss: float = 0.0) -> None:
        """A shaded polygon; `gloss` (0 to 1) makes the material shine in any style."""
        n = len(points)
        cx, cy = sum(p[0] for p in points) / n, sum(p[1] for p in points) / n
        reach = min(
            max(p[0] for p in points) - min(p[0] for p in points), max(p[1] for p in points) - min(p[1] for p in points)
        )
        if self.look.outline:
            closed = [*points, points[0], points[1]]
            self.line(closed, darker(color, 0.72), self.look.outline * 2)
        for color_step, inset in self._steps(color, gloss):
            dx, dy = (axis * reach * 0.28 * (1 - inset) for axis in self.light)
            self.fill([(cx + (x - cx) * inset + dx, cy + (y - cy) * inset + dy) for x, y in points], color_step)

    def ball(self, center: Point, rx: float, ry: float, color: Color, gloss: float = 0.0) -> None:
        """A shaded ellipse."""
        if self.look.outline:
            self.disc(center, rx + self.look.outline, ry + self.look.outline, darker(color, 0.72))
        for color_step, inset in self._steps(color, gloss):
            at = (
                center[0] + self.light[0] * rx * 0.55 * (1 - inset),
                center[1] + self.light[1] * ry * 0.55 * (1 - inset),
            )
            self.disc(at, rx * inset, ry * inset, color_step)
        self._shine(center, min(rx, ry), gloss)

    def capsule(self, start: Point, end: Point, radii: Point, color: Color, gloss: float = 0.0) -> None:
        """A shaded limb with rounded ends; `radii` are those at `start` and at `end`."""
        r0, r1 = radii
        if self.look.outline:
            self._tube(start, end, (r0 + self.look.outline, r1 + self.look.outline), darker(color, 0.72))
        for color_step, inset in self._steps(color, gloss):
            dx, dy = (axis * min(r0, r1) * 0.55 * (1 - inset) for axis in self.light)
            self._tube((start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), (r0 * inset, r1 * inset), color_step)
        if gloss > 0.3 or self.look.specular:
            strength = max(gloss, self.look.specular * 0.6)
            dx, dy = self.light[0] * r0 * 0.45, self.light[1] * r0 * 0.2
            a = (start[0] * 0.85 + end[0] * 0.15 + dx, start[1] * 0.85 + end[1] * 0.15 + dy)
            b = (start[0] * 0.35 + end[0] * 0.65 + dx, start[1] * 0.35 + end[1] * 0.65 + dy)
            self._tube(a, b, (r0 * 0.16, r1 * 0.12), lighter(color, strength * 0.85))

    def _steps(self, color: Color, gloss: float) -> list[tuple[Color, float]]:
        """The colour and the size (share of the shape) of each shading step, from the rim inwards."""
        look = self.look
        shadow = darker(color, min(0.8, look.shadow + gloss * 0.25))
        lit = lighter(color, min(0.6, look.light + gloss * 0.15))
        if look.steps == 2:
            return [(shadow, 1.0), (lit, 0.82)]
        last = look.steps - 1
        return [(mix(shadow, lit, k / last), 1.0 - 0.72 * k / last) for k in range(look.steps)]

    def _shine(self, center: Point, radius: float, gloss: float) -> None:
        strength = max(gloss, self.look.specular)
        if strength <= 0.3:
            return
        at = (center[0] + self.light[0] * radius * 0.5, center[1] + self.light[1] * radius * 0.5)
        for share, size in ((0.5, 0.22), (0.95, 0.12)):
            self.disc(at, radius * size, radius * size, lighter((200, 200, 205), strength * share))

    def _tube(self, start: Point, end: Point, radii: Point, color: Color) -> None:
        (x0, y0), (x1, y1), (r0, r1) = start, end, radii
        length = math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2) or 1e-6
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        self.fill(
            [
                (x0 + nx * r0, y0 + ny * r0),
                (x1 + nx * r1, y1 + ny * r1),
                (x1 - nx * r1, y1 - ny * r1),
                (x0 - nx * r0, y0 - ny * r0),
            ],
            color,
        )
        self.disc(start, r0, r0, color)
        self.disc(end, r1, r1, color)
