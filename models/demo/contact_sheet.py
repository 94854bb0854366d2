"""A sheet of held-out pictures, the four styles side by side, with what is true and what the model says."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from models.demo.world.draw import draw
from models.demo.world.scene import COVERED, STYLES, Scene

_COLUMNS: Final = 5
_CELL: Final = 230
_LINE: Final = 12
_LINES: Final = 9


def choose(scenes: Sequence[Scene]) -> list[int]:
    """The first scenes of each style that show one or two people: row by row, _COLUMNS a style."""
    chosen: list[int] = []
    for style in STYLES:
        fitting = [i for i, scene in enumerate(scenes) if scene.style == style and len(scene.figures) < 3]
        chosen += fitting[::2][:_COLUMNS]
    return chosen


def contact_sheet(scenes: Sequence[Scene], confidences: NDArray[np.float64]) -> Image.Image:
    """The sheet. Under a picture: what the model reports above 0.5, then what it misses; wrong names in red."""
    chosen = choose(scenes)
    high = _CELL + _LINE * _LINES + 6
    sheet = Image.new("RGB", (_CELL * _COLUMNS, high * len(STYLES)), (255, 255, 255))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(10)
    for place, index in enumerate(chosen):
        scene = scenes[index]
        x, y = place % _COLUMNS * _CELL, place // _COLUMNS * high
        picture = draw(scene, 360)
        picture.thumbnail((_CELL - 4, _CELL - 4))
        sheet.paste(picture, (x + (_CELL - picture.width) // 2, y + (_CELL - picture.height) // 2))
        said = {name: float(c) for name, c in zip(COVERED, confidences[index], strict=True)}
        lines = [
            (f"{name} {said[name]:.2f}", (0, 110, 50) if name in scene.filters else (190, 0, 0))
            for name in sorted(COVERED, key=lambda name: -said[name])
            if said[name] >= 0.5
        ]
        lines += [
            (f"missed: {name} {said[name]:.2f}", (150, 100, 0))
            for name in COVERED
            if name in scene.filters and said[name] < 0.5
        ]
        rows = _LINES
        for k, (text, color) in enumerate(lines[: rows * 2]):
            pen.text((x + 4 + (k // rows) * (_CELL // 2), y + _CELL + (k % rows) * _LINE), text, fill=color, font=font)
    return sheet
