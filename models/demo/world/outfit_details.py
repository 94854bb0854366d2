"""What tells one outfit from another: lapels, pockets, plates, seams, sashes."""

from collections.abc import Callable
from typing import Final

import numpy as np

from models.demo.world.body import Body
from models.demo.world.outfits import Cut
from models.demo.world.painter import Painter, smooth
from models.demo.world.palette import CLOTH, darker, lighter, mix, pick


def details(painter: Painter, body: Body, outfit: str, cut: Cut, rng: np.random.Generator) -> None:
    """Draw the details of `outfit` over its cut."""
    if outfit in _DETAILS:
        _DETAILS[outfit](painter, body, cut, rng)


def _suit(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    painter.fill(body.path((-0.042, 0.168), (0.042, 0.168), (0.0, 0.350)), (246, 246, 248))
    tie = darker(pick(CLOTH, rng), 0.15)
    painter.fill(body.path((-0.012, 0.182), (0.012, 0.182), (0.016, 0.290), (0.0, 0.330), (-0.016, 0.290)), tie)
    for side in (-1, 1):
        lapel = body.path(
            (side * 0.046, 0.166), (side * 0.070, 0.225), (side * 0.048, 0.240), (0.0, 0.355), (side * 0.028, 0.240)
        )
        painter.fill(lapel, lighter(cut.torso, 0.14))
        painter.line([*lapel, lapel[0]], darker(cut.torso, 0.55), 0.003 * size)
    painter.line(body.path((0.0, 0.355), (0.004, 0.500)), darker(cut.torso, 0.6), 0.0035 * size)
    for y in (0.385, 0.430):
        painter.disc(body.at(0.012, y), 0.006 * size, 0.006 * size, darker(cut.torso, 0.7))


def _hoodie(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    seam = darker(cut.torso, 0.45)
    hood = body.mirrored((0.040, 0.150), (0.088, 0.168), (0.072, 0.212), (0.020, 0.238))
    painter.shape(smooth(hood, 3), darker(cut.torso, 0.12))
    painter.fill(smooth(body.mirrored((0.030, 0.160), (0.044, 0.180), (0.012, 0.208)), 3), darker(cut.torso, 0.5))
    pocket = body.path((-0.040, 0.385), (0.040, 0.385), (0.068, 0.465), (-0.068, 0.465))
    painter.fill(pocket, darker(cut.torso, 0.16))
    painter.line([*pocket, pocket[0]], seam, 0.004 * size)
    for side in (-1, 1):
        painter.line(body.path((side * 0.018, 0.215), (side * 0.021, 0.300)), (250, 250, 250), 0.0055 * size)
    painter.line(body.path((-body.hip - 0.018, 0.497), (body.hip + 0.018, 0.497)), seam, 0.012 * size)
    if rng.integers(2):
        painter.disc(body.at(0, 0.325), 0.026 * size, 0.026 * size, cut.accent)


def _armor(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    edge = darker(cut.torso, 0.6)
    chest = body.mirrored((0.030, 0.180), (body.shoulder * 0.80, 0.205), (body.waist + 0.014, 0.335), (0.018, 0.362))
    painter.shape(smooth(chest, 3), lighter(cut.torso, 0.15), 0.9)
    painter.line(body.path((0, 0.190), (0, 0.360)), edge, 0.004 * size)
    for y in (0.385, 0.415, 0.445):
        painter.line(body.path((-body.hip, y), (0, y + 0.014), (body.hip, y)), edge, 0.0045 * size)
    for side in (-1, 1):
        x, y = body.arm(side)[0]
        for k in (2, 1, 0):
            painter.ball(
                body.at(x + side * 0.010, y + 0.020 * k),
                (0.050 - 0.006 * k) * size,
                0.034 * size,
                mix(cut.torso, edge, 0.15 * k),
                0.9,
            )
        painter.ball(body.at(*body.leg(side)[1]), 0.042 * size, 0.042 * size, lighter(cut.torso, 0.1), 0.9)
        painter.ball(body.at(*body.arm(side)[1]), 0.034 * size, 0.034 * size, lighter(cut.torso, 0.1), 0.9)
    painter.ball(body.at(0, 0.174), 0.052 * size, 0.022 * size, cut.torso, 0.9)
    if rng.integers(2):
        painter.disc(body.at(0, 0.260), 0.016 * size, 0.020 * size, pick(CLOTH, rng))


def _latex(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    shine = lighter(cut.torso, 0.86)
    painter.shape(smooth(body.mirrored((0.032, 0.150), (0.040, 0.182)), 2), cut.torso, 1.0)
    painter.line(body.path((0, 0.165), (0, 0.485)), lighter(cut.torso, 0.45), 0.0045 * size)
    for side in (-1, 1):
        x = body.shoulder * 0.62
        painter.line(
            smooth(
                body.path(
                    (side * x, 0.215),
                    (side * (x + 0.008), 0.265),
                    (side * body.waist * 0.72, 0.350),
                    (side * x * 0.9, 0.275),
                ),
                3,
            ),
            shine,
            0.0075 * size,
        )
        painter.line(body.path((side * body.hip * 0.78, 0.410), (side * body.hip * 0.80, 0.470)), shine, 0.012 * size)
        hip, knee, ankle = body.leg(side)
        for (x0, y0), (x1, y1) in ((hip, knee), (knee, ankle)):
            a = (x0 * 0.85 + x1 * 0.15 - 0.014, y0 * 0.85 + y1 * 0.15)
            b = (x0 * 0.25 + x1 * 0.75 - 0.010, y0 * 0.25 + y1 * 0.75)
            painter.line(body.path(a, b), shine, 0.0095 * size)
    if rng.integers(2):
        painter.line(body.path((-body.waist, 0.372), (body.waist, 0.372)), (200, 200, 210), 0.014 * size)


def _kimono(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    pale = lighter(cut.torso, 0.75) if sum(cut.torso) < 480 else darker(cut.torso, 0.5)
    for _ in range(16):
        x, y = (int(v) / 1000 for v in rng.integers((-80, 420), (81, 880)))
        for dx, dy in ((0.0, 0.0), (0.010, 0.0), (0.0, 0.010), (-0.010, 0.0), (0.0, -0.010)):
            painter.disc(body.at(x + dx, y + dy), 0.0068 * size, 0.0068 * size, pale)
    for side in (-1, 1):
        (ex, ey), (hx, hy) = body.arm(side)[1:]
        drop = 0.110
        sleeve = body.path(
            (ex - side * 0.020, ey - 0.020),
            (hx + side * 0.012, hy - 0.020),
            (hx + side * 0.030, hy + drop),
            (ex - side * 0.034, ey + drop),
        )
        painter.shape(sleeve, cut.torso)
        painter.disc(body.at((ex + hx) / 2, (ey + hy) / 2 + 0.055), 0.016 * size, 0.016 * size, pale)
    painter.fill(body.path((-0.034, 0.168), (0.034, 0.168), (0.0, 0.225)), (248, 244, 240))
    for side in (1, -1):
        painter.line(body.path((side * 0.044, 0.166), (-side * 0.030, 0.330)), pale, 0.020 * size)
        painter.line(body.path((side * 0.040, 0.166), (-side * 0.036, 0.330)), darker(cut.torso, 0.35), 0.006 * size)
    sash = cut.accent if cut.accent != cut.torso else pale
    wide = body.waist + 0.018
    painter.shape(body.path((-wide, 0.318), (wide, 0.318), (wide + 0.006, 0.405), (-wide - 0.006, 0.405)), sash)
    painter.line(body.path((-wide, 0.362), (wide, 0.362)), lighter(sash, 0.6), 0.010 * size)
    painter.line(body.path((0.006, 0.412), (-0.018, 0.885)), darker(cut.torso, 0.4), 0.006 * size)


def _denim(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size, stitch, seam = body.size, cut.accent, darker(cut.torso, 0.5)
    painter.fill(body.path((-0.032, 0.168), (0.032, 0.168), (0.012, 0.300), (-0.012, 0.300)), pick(CLOTH, rng))
    for side in (-1, 1):
        collar = body.path((side * 0.028, 0.160), (side * 0.070, 0.182), (side * 0.046, 0.222))
        painter.fill(collar, lighter(cut.torso, 0.20))
        painter.line([*collar, collar[0]], stitch, 0.0038 * size)
        pocket = body.path(
            (side * 0.030, 0.262),
            (side * 0.072, 0.262),
            (side * 0.072, 0.312),
            (side * 0.051, 0.326),
            (side * 0.030, 0.312),
        )
        painter.fill(pocket, lighter(cut.torso, 0.14))
        painter.line([*pocket, pocket[0]], stitch, 0.0042 * size)
        painter.line(body.path((side * 0.014, 0.300), (side * 0.014, 0.470)), stitch, 0.004 * size)
        hip, knee, ankle = body.leg(side)
        painter.line(
            body.path(
                (hip[0] + side * 0.040, hip[1]), (knee[0] + side * 0.026, knee[1]), (ankle[0] + side * 0.018, ankle[1])
            ),
            stitch,
            0.004 * size,
        )
        painter.disc(body.at(*knee), 0.016 * size, 0.022 * size, lighter(cut.torso, 0.4))
    for y in (0.330, 0.370, 0.410, 0.450):
        painter.disc(body.at(0, y), 0.0058 * size, 0.0058 * size, (226, 190, 110))
    painter.line(body.path((-body.hip - 0.004, 0.478), (body.hip + 0.004, 0.478)), seam, 0.016 * size)
    painter.line(body.path((-body.hip - 0.004, 0.478), (body.hip + 0.004, 0.478)), stitch, 0.0035 * size)


def _dress(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    painter.line(body.path((-body.waist, 0.362), (body.waist, 0.362)), darker(cut.accent, 0.2), 0.016 * size)
    hem, wide = cut.skirt or (0.7, 0.17)
    if rng.integers(2):
        painter.line(
            body.path((-wide * 0.94, hem - 0.030), (0, hem - 0.016), (wide * 0.94, hem - 0.030)),
            cut.accent,
            0.012 * size,
        )
    for side in (-1, 0, 1):
        painter.line(
            body.path((side * 0.03, 0.40), (side * wide * 0.6, hem - 0.02)), darker(cut.torso, 0.32), 0.0045 * size
        )


def _shirt(painter: Painter, body: Body, cut: Cut, rng: np.random.Generator) -> None:
    size = body.size
    kind = int(rng.integers(3))
    if kind == 0:
        for y in (0.25, 0.30, 0.35, 0.40):
            painter.line(body.path((-body.waist, y), (body.waist, y)), cut.accent, 0.014 * size)
    elif kind == 1:
        painter.disc(body.at(0, 0.290), 0.030 * size, 0.030 * size, cut.accent)
    painter.line(body.path((-body.hip, 0.500), (body.hip, 0.500)), darker(cut.accent, 0.4), 0.010 * size)


_DETAILS: Final[dict[str, Callable[[Painter, Body, Cut, np.random.Generator], None]]] = {
    "suit": _suit,
    "hoodie": _hoodie,
    "armor": _armor,
    "latex": _latex,
    "kimono": _kimono,
    "denim": _denim,
    "dress": _dress,
    "shirt": _shirt,
    "skirt": _shirt,
}
