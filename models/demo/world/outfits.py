"""Clothes: the cut of each outfit, from torso, sleeves, legs and skirt."""

from dataclasses import dataclass

import numpy as np

from models.demo.world.body import Body
from models.demo.world.painter import Painter, Point, smooth
from models.demo.world.palette import CLOTH, DENIM, LATEX, METAL, SUIT, Color, darker, jitter, pick


@dataclass(frozen=True, slots=True)
class Cut:
    """Colours and widths of a garment. `legs` None leaves them bare; `skirt` is (hem y, half width at the hem)."""

    torso: Color
    legs: Color | None
    accent: Color
    shoes: Color
    sleeve: float = 2.0  # 0 none, 1 to the elbow, 2 to the wrist
    loose: float = 0.0
    gloss: float = 0.0
    skirt: Point | None = None
    skirt_color: Color | None = None
    bare: bool = False  # the shoulders, under two straps


def cut_of(outfit: str, rng: np.random.Generator) -> Cut:
    """The cut of `outfit`, its colours drawn from `rng`."""
    main, other, shoes = pick(CLOTH, rng), pick(CLOTH, rng), darker(pick(CLOTH, rng), 0.5)
    suit, denim, metal, latex = (pick(colors, rng) for colors in (SUIT, DENIM, METAL, LATEX))
    hem = int(rng.integers(0, 100)) / 1000
    sleeve = int(rng.integers(0, 2))
    cuts = {
        "dress": Cut(main, None, other, shoes, sleeve=0, skirt=(0.68 + hem, 0.17 + hem / 2), bare=True),
        "suit": Cut(suit, suit, other, (24, 20, 20), loose=0.010),
        "hoodie": Cut(
            main, pick((*DENIM, (60, 60, 66), (150, 150, 150), (110, 96, 76)), rng), other, shoes, loose=0.022
        ),
        "armor": Cut(metal, metal, darker(metal, 0.35), darker(metal, 0.45), loose=0.012, gloss=0.8),
        "latex": Cut(latex, latex, latex, darker(latex, 0.3), gloss=1.0),
        "kimono": Cut(main, main, other, (120, 84, 50), loose=0.006, skirt=(0.90, 0.112)),
        "denim": Cut(denim, jitter(denim, rng, 20), (222, 160, 80), shoes, loose=0.008),
        "shirt": Cut(main, other, other, shoes, sleeve=1 + sleeve),
        "skirt": Cut(main, None, other, shoes, sleeve=1 + sleeve, skirt=(0.60 + hem / 2, 0.13), skirt_color=other),
    }
    return cuts[outfit]


def legs(painter: Painter, body: Body, cut: Cut, skin: Color) -> None:
    """Both legs and shoes."""
    size = body.size
    color = cut.legs or skin
    wide = 0.006 if cut.legs and not cut.gloss else 0.0
    for side in (-1, 1):
        hip, knee, ankle = body.path(*body.leg(side))
        painter.capsule(hip, knee, ((0.050 + wide) * size, (0.036 + wide) * size), color, cut.gloss)
        painter.capsule(knee, ankle, ((0.035 + wide) * size, (0.022 + wide) * size), color, cut.gloss)
        x, y = body.leg(side)[2]
        painter.capsule(
            body.at(x, y + 0.030), body.at(x + side * 0.030, y + 0.036), (0.022 * size, 0.016 * size), cut.shoes
        )


def torso(painter: Painter, body: Body, cut: Cut, skin: Color) -> None:
    """The trunk, and the skirt where there is one."""
    loose = cut.loose
    if cut.skirt:
        hem, wide = cut.skirt
        flare = (wide - body.hip) * 0.4 + body.hip
        outline = body.mirrored(
            (body.waist + loose, 0.350),
            (body.hip + 0.006, 0.440),
            (flare, (0.44 + hem) / 2),
            (wide, hem),
            (wide * 0.4, hem + 0.008),
        )
        painter.shape(smooth(outline, 3), cut.skirt_color or cut.torso, cut.gloss)
    chest = body.shoulder * (0.92 if body.man else 0.88)
    trunk = body.mirrored(
        (0.034, 0.168), (body.shoulder * 0.92 + loose * 0.5, 0.192), (chest + loose, 0.265),
        (body.waist + loose, 0.360), (body.hip + loose, 0.450), (body.hip * 0.85 + loose, 0.505),
    )  # fmt: skip
    painter.shape(smooth(trunk, 3), skin if cut.bare else cut.torso, cut.gloss)
    if cut.bare:
        bodice = body.mirrored(
            (0.012, 0.252), (0.036, 0.226), (chest, 0.262),
            (body.waist + 0.004, 0.360), (body.hip + 0.004, 0.450), (body.hip * 0.9, 0.505),
        )  # fmt: skip
        painter.shape(smooth(bodice, 3), cut.torso, cut.gloss)
        for side in (-1, 1):
            painter.line(
                body.path((side * 0.046, 0.236), (side * body.shoulder * 0.56, 0.178)), cut.torso, 0.013 * body.size
            )


def arms(painter: Painter, body: Body, cut: Cut, skin: Color) -> None:
    """Both arms: sleeves as far as the cut has them, then skin and hands."""
    size = body.size
    bulk = 0.005 if body.man else 0.0
    for side in (-1, 1):
        shoulder, elbow, hand = body.path(*body.arm(side))
        upper = cut.torso if cut.sleeve >= 1 else skin
        lower = cut.torso if cut.sleeve >= 2 else skin
        gloss = cut.gloss
        painter.ball(hand, 0.020 * size, 0.022 * size, cut.torso if cut.gloss == 1.0 else skin, 0.0)
        forearm = cut.loose if cut.sleeve >= 2 else 0.0
        radii = (0.024 + bulk + forearm) * size, (0.017 + forearm) * size
        painter.capsule(elbow, hand, radii, lower, gloss if cut.sleeve >= 2 else 0)
        radii = (0.032 + bulk + cut.loose) * size, (0.025 + bulk + cut.loose) * size
        painter.capsule(shoulder, elbow, radii, upper, gloss if cut.sleeve >= 1 else 0)
