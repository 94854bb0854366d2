"""A sheet of pictures ordered by reward: what was asked for, its near negative, and spoilt versions."""

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from models.demo.aesthetic.comparisons import Pair, spoilt
from models.demo.aesthetic.judging import Judge
from models.demo.semantic.held_out import HEIGHT
from models.demo.world.draw import draw
from models.demo.world.scene import STYLES

_ROWS_EACH: Final = 2
_CELL: Final = 180
_LINE: Final = 14
_HIGH: Final = _CELL + 3 * _LINE
ASKED_FOR: Final = "as asked for"


def choose(pairs: Sequence[Pair]) -> list[int]:
    """The first pairs of each style with one person whose own prompt is false of the near negative."""
    chosen: list[int] = []
    for style in STYLES:
        fitting = [
            index
            for index, pair in enumerate(pairs)
            if pair.scenes[0].style == style and len(pair.scenes[0].figures) == 1 and pair.prompts[0] is not None
        ]
        chosen += fitting[:_ROWS_EACH]
    return chosen


def ranked_sheet(judge: Judge, pairs: Sequence[Pair]) -> Image.Image:
    """The sheet: a row for each prompt, highest reward on the left; what was asked for is labelled in green."""
    chosen = choose(pairs)
    rows = [_ranked(judge, pairs[index], index) for index in chosen]
    sheet = Image.new("RGB", (_CELL * max(len(row) for row in rows), _HIGH * len(rows)), (255, 255, 255))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for place, (index, row) in enumerate(zip(chosen, rows, strict=True)):
        y = place * _HIGH
        pen.text((4, y + 1), pairs[index].own.text, fill=(0, 0, 0), font=font)
        for column, (reward, name, image) in enumerate(row):
            x = column * _CELL
            small = image.copy()
            small.thumbnail((_CELL - 4, _CELL - 4))
            sheet.paste(small, (x + (_CELL - small.width) // 2, y + _LINE + (_CELL - small.height) // 2))
            color = (0, 110, 50) if name == ASKED_FOR else (90, 90, 90)
            pen.text((x + 4, y + _LINE + _CELL), f"{reward:+.2f}  {name}", fill=color, font=font)
    return sheet


def row_of(sheet: Image.Image, number: int) -> Image.Image:
    """One prompt's row, counted from 0."""
    return sheet.crop((0, number * _HIGH, sheet.width, (number + 1) * _HIGH))


def _ranked(judge: Judge, pair: Pair, index: int) -> list[tuple[float, str, Image.Image]]:
    asked_for, other = (draw(scene, HEIGHT) for scene in pair.scenes)
    named = {ASKED_FOR: asked_for, f"not {pair.changes[0]}": other} | spoilt(pair, index, asked_for)
    judged = [(judge(image, [pair.own.text])[0], name.replace("_", " "), image) for name, image in named.items()]
    return sorted(judged, key=lambda entry: -entry[0])
