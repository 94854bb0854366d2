"""Heads: face, hair of two lengths, beard."""

import numpy as np

from models.demo.world import headwear
from models.demo.world.body import Body
from models.demo.world.painter import Painter, Point, smooth
from models.demo.world.palette import CLOTH, Color, darker, lighter, mix, pick
from models.demo.world.scene import Figure

HEAD_X, HEAD_Y, CENTER_Y = 0.058, 0.077, 0.086


def hair_back(painter: Painter, body: Body, figure: Figure, color: Color, rng: np.random.Generator) -> None:
    """The hair behind the shoulders: long hair falls to the chest or below, short hair ends above the neck."""
    curl = 0.008 if rng.integers(2) else 0.0
    if figure.hair_length == "short_hair":
        painter.ball(body.at(0, CENTER_Y - 0.004), HEAD_X * body.size * 1.12, HEAD_Y * body.size * 1.0, color)
        return
    end = 0.30 + int(rng.integers(0, 120)) / 1000
    wide = 0.086 + int(rng.integers(0, 26)) / 1000
    right: list[Point] = [(0.030, 0.004), (0.066, 0.050)]
    right += [(wide - 0.012 + (curl if k % 2 else -curl), 0.05 + (end - 0.05) * k / 6) for k in range(2, 6)]
    right += [(wide * 0.75, end), (wide * 0.25, end + 0.012)]
    painter.shape(smooth(body.mirrored(*right), 3), darker(color, 0.12))


def neck(painter: Painter, body: Body, skin: Color) -> None:
    """The neck, under the chin and over the collar."""
    size, wide = body.size, 0.034 if body.man else 0.026
    painter.capsule(body.at(0, 0.13), body.at(0, 0.180), (wide * size, (wide + 0.003) * size), darker(skin, 0.10))


def head(
    painter: Painter, body: Body, figure: Figure, *, skin: Color, hair: Color, style: str, rng: np.random.Generator
) -> None:
    """Face, beard, the hair in front, then whatever is worn on the head."""
    jaw = 0.046 if body.man else 0.034
    outline = body.mirrored((0.020, 0.010), (0.050, 0.035), (0.058, 0.080), (jaw + 0.006, 0.130), (0.020, 0.162))
    painter.shape(smooth(outline, 3), skin)
    shift = body.turn * 0.010
    if figure.beard:
        _beard(painter, body, hair, shift)
    _face(painter, body, skin=skin, hair=hair, big=style == "anime", shift=shift, rng=rng)
    _hair_front(painter, body, figure, hair, rng)
    headwear.eyewear(painter, body, figure, shift, rng)
    if figure.hat:
        headwear.hat(painter, body, figure, rng)


def _face(
    painter: Painter, body: Body, *, skin: Color, hair: Color, big: bool, shift: float, rng: np.random.Generator
) -> None:
    size = body.size
    ink = darker(skin, 0.80)
    rx, ry = (0.0145, 0.0165) if big else (0.0105, 0.0072)
    iris = pick(CLOTH, rng)
    for side in (-1, 1):
        x = side * 0.0255 + shift
        eye = body.at(x, 0.090)
        painter.disc(eye, rx * size, ry * size, (250, 250, 250))
        inner = body.at(x + shift * 0.25, 0.091)
        painter.disc(inner, rx * size * 0.72, ry * size * 0.9, iris if big else darker(iris, 0.4))
        painter.disc(inner, rx * size * 0.38, ry * size * 0.5, (16, 14, 20))
        if big:
            painter.disc(body.at(x - 0.004, 0.085), 0.0042 * size, 0.0048 * size, (255, 255, 255))
        lid = body.path((x - rx * 1.15, 0.090 - ry * 0.55), (x, 0.090 - ry * 1.12), (x + rx * 1.15, 0.090 - ry * 0.55))
        painter.line(lid, ink, (0.0042 if not body.man else 0.0026) * size)
        if not body.man:
            lash = body.path((x + side * rx, 0.090 - ry * 0.5), (x + side * (rx + 0.008), 0.090 - ry * 1.2))
            painter.line(lash, ink, 0.0036 * size)
        lift = 0.020 + ry
        brow = body.path((x - 0.015, 0.092 - lift), (x, 0.087 - lift), (x + 0.015, 0.092 - lift))
        painter.line(brow, mix(darker(hair, 0.45), ink, 0.3), (0.0095 if body.man else 0.0035) * size)
    nose = body.path((shift * 1.5, 0.098), (shift * 1.5 + 0.006, 0.116), (shift * 1.5 - 0.003, 0.117))
    painter.line(nose, darker(skin, 0.38), 0.0032 * size)
    mouth = body.at(shift, 0.135)
    if body.man:
        painter.line(
            body.path((shift - 0.014, 0.134), (shift, 0.1365), (shift + 0.014, 0.134)),
            darker(skin, 0.55),
            0.0042 * size,
        )
    else:
        painter.disc(mouth, 0.0140 * size, 0.0062 * size, mix((196, 38, 62), skin, 0.15))
        painter.line(body.path((shift - 0.012, 0.135), (shift + 0.012, 0.135)), (120, 20, 40), 0.002 * size)
        for side in (-1, 1):
            painter.disc(
                body.at(side * 0.036 + shift, 0.116), 0.0085 * size, 0.0055 * size, mix(skin, (236, 92, 92), 0.35)
            )


def _beard(painter: Painter, body: Body, hair: Color, shift: float) -> None:
    color = darker(hair, 0.10)
    outline = body.mirrored((0.060, 0.088), (0.057, 0.132), (0.036, 0.172), (0.012, 0.186))
    inner = body.path(
        (-0.050, 0.088),
        (-0.041, 0.122),
        (shift - 0.024, 0.128),
        (shift - 0.014, 0.121),
        (shift + 0.014, 0.121),
        (shift + 0.024, 0.128),
        (0.041, 0.122),
        (0.050, 0.088),
    )
    painter.shape([*outline, *inner], color)
    painter.disc(body.at(shift, 0.1365), 0.016 * body.size, 0.006 * body.size, (176, 92, 88))


def _hair_front(painter: Painter, body: Body, figure: Figure, color: Color, rng: np.random.Generator) -> None:
    low = 0.085 if figure.hair_length == "short_hair" else 0.130
    part = (int(rng.integers(3)) - 1) * 0.026
    fringe = 0.046 + int(rng.integers(0, 12)) / 1000
    top = -0.004 - int(rng.integers(0, 10)) / 1000
    cap = body.path(
        (-0.058, low),
        (-0.070, 0.070),
        (-0.062, 0.026),
        (-0.032, top + 0.004),
        (0.0, top),
        (0.032, top + 0.004),
        (0.062, 0.026),
        (0.070, 0.070),
        (0.058, low),
        (0.050, 0.064),
        (0.030, fringe),
        (part, fringe - 0.012),
        (-0.030, fringe),
        (-0.050, 0.064),
    )
    painter.shape(smooth(cap, 2), color)
    painter.line(body.path((-0.040, 0.024), (-0.012, 0.012), (0.020, 0.014)), lighter(color, 0.30), 0.006 * body.size)
    if figure.hair_length == "long_hair":
        for side in (-1, 1):
            lock = [(side * 0.062, 0.080), (side * 0.072, 0.170), (side * 0.066, 0.250)]
            first, middle, last = body.path(*lock)
            painter.capsule(first, middle, (0.013 * body.size, 0.016 * body.size), color)
            painter.capsule(middle, last, (0.016 * body.size, 0.007 * body.size), color)
