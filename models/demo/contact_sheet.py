"""A sheet of held-out pictures, a row for each style, with what the model reports and what it misses."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from models.demo.world.draw import draw
from models.demo.world.scene import COVERED, STYLES, Scene

_COLUMNS: Final = 5
_WIDE: Final = 320
"""Of a cell: two columns of names, and the longest of them, missed, takes 152 pixels."""
_HIGH: Final = 230
"""Of the part of a cell that holds the picture."""
_LINE: Final = 12
_LINES: Final = 9


def choose(scenes: Sequence[Scene]) -> list[int]:
    """The first scenes of each style with one or two people: _COLUMNS of them for each style, row by row."""
    chosen: list[int] = []
    for style in STYLES:
        fitting = [i for i, scene in enumerate(scenes) if scene.style == style and len(scene.figures) < 3]
        chosen += fitting[::2][:_COLUMNS]
    return chosen


def contact_sheet(scenes: Sequence[Scene], confidences: NDArray[np.float64]) -> Image.Image:
    """The sheet. Below each picture: what the model reports at 0.5 or more, wrong names in red; then what it misses."""
    chosen = choose(scenes)
    high = _HIGH + _LINE * _LINES + 6
    sheet = Image.new("RGB", (_WIDE * _COLUMNS, high * len(STYLES)), (255, 255, 255))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(10)
    for place, index in enumerate(chosen):
        scene = scenes[index]
        x, y = place % _COLUMNS * _WIDE, place // _COLUMNS * high
        picture = draw(scene, 360)
        picture.thumbnail((_WIDE - 4, _HIGH - 4))
        sheet.paste(picture, (x + (_WIDE - picture.width) // 2, y + (_HIGH - picture.height) // 2))
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
        for number, (text, color) in enumerate(lines[: 2 * _LINES]):
            column, row = divmod(number, _LINES)
            pen.text((x + 4 + column * _WIDE // 2, y + _HIGH + row * _LINE), text, fill=color, font=font)
    return sheet
