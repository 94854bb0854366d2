"""What a style does to the whole picture once it is drawn: lens and grain, canvas and strokes, floor grid."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from models.demo.world.painter import Painter
from models.demo.world.palette import Color, lighter, mix


def backdrop(image: Image.Image, painter: Painter, style: str, rng: np.random.Generator) -> Image.Image:
    """The background as the style sees it, before anyone stands in front of it."""
    if style == "photorealistic":
        radius = image.height * (6 + int(rng.integers(0, 6))) / 1000
        return image.filter(ImageFilter.GaussianBlur(radius))
    if style == "3d_render":
        _floor_grid(painter, image)
    return image


def _floor_grid(painter: Painter, image: Image.Image) -> None:
    horizon, width = 0.82, painter.width
    sample = image.getpixel((image.width // 2, int(image.height * 0.9)))
    assert isinstance(sample, tuple)  # noqa: S101 - an RGB image has tuples
    color: Color = (int(sample[0]), int(sample[1]), int(sample[2]))
    pale = mix(lighter(color, 0.45), (150, 160, 180), 0.4)
    for k in range(-8, 9):
        x = width / 2 + k * width / 8
        painter.line(
            [(width / 2 + (x - width / 2) * 0.5, horizon), (width / 2 + (x - width / 2) * 2.0, 1.0)], pale, 0.003
        )
    for y in (0.82, 0.845, 0.88, 0.93, 0.985):
        painter.line([(0, y), (width, y)], pale, 0.003)


def finish(image: Image.Image, style: str, rng: np.random.Generator) -> Image.Image:
    """The finished picture, same size and mode (RGB)."""
    if style == "photorealistic":
        return _lens(image, rng)
    if style == "3d_render":
        return _studio(image, rng)
    if style == "artistic":
        return _canvas(image, rng)
    return image


def _light_field(image: Image.Image, rng: np.random.Generator, strength: int) -> np.ndarray:
    """Integer gains (height, width, 1), 256 = unchanged: brighter towards one corner, darker away from it."""
    gx, gy = (int(v) for v in rng.integers(-strength, strength + 1, 2))
    y = np.arange(image.height, dtype=np.int32)[:, None]
    x = np.arange(image.width, dtype=np.int32)[None, :]
    gain = 256 + gx * (2 * x - image.width) // image.width + gy * (2 * y - image.height) // image.height
    return np.asarray(gain[:, :, None], dtype=np.int32)


def _apply(image: Image.Image, gain: np.ndarray, offset: np.ndarray | int = 0) -> Image.Image:
    pixels = np.asarray(image, dtype=np.int32)
    return Image.fromarray(np.clip((pixels * gain >> 8) + offset, 0, 255).astype(np.uint8))


def _lens(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Soft focus, uneven light, a vignette and sensor grain."""
    soft = image.filter(ImageFilter.GaussianBlur(image.height * 0.0028))
    gain = _light_field(image, rng, 34)
    y = np.arange(image.height, dtype=np.int32)[:, None] * 256 // image.height - 128
    x = np.arange(image.width, dtype=np.int32)[None, :] * 256 // image.width - 128
    gain = gain - ((x * x + y * y) * 60 // (128 * 128 * 2))[:, :, None]
    amount = int(rng.integers(8, 17))
    grain = rng.integers(-amount, amount + 1, (image.height, image.width, 1), dtype=np.int32)
    return _apply(soft, gain, grain)


def _studio(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Even, clean light with a lift in contrast, as a renderer's default scene has."""
    gain = _light_field(image, rng, 44)
    return _apply(image, gain + 8)


def _canvas(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Brush strokes in the picture's own colours, coarse then fine, on a woven ground."""
    unit = image.height
    painted = image.filter(ImageFilter.GaussianBlur(unit * 0.003))
    draw = ImageDraw.Draw(painted)
    for count, length, width, spread in ((900, 0.030, 0.012, 30), (2200, 0.014, 0.006, 22)):
        places = rng.integers(0, 1 << 16, (count, 2))
        slants = rng.integers(-100, 101, (count, 2))
        tints = rng.integers(-spread, spread + 1, count)
        colors = np.asarray(image)[(places[:, 1] * image.height) >> 16, (places[:, 0] * image.width) >> 16].astype(
            np.int32
        )
        colors = np.clip(colors + tints[:, None], 0, 255)
        thick = max(1, round(width * unit))
        for (px, py), (sx, sy), (r, g, b) in zip(places.tolist(), slants.tolist(), colors.tolist(), strict=True):
            x, y = (px * image.width) >> 16, (py * image.height) >> 16
            dx, dy = round(length * unit * sx / 100), round(length * unit * (sy + 60) / 200)
            draw.line((x - dx // 2, y - dy // 2, x + dx // 2, y + dy // 2), fill=(r, g, b), width=thick)
    rows = np.arange(image.height, dtype=np.int32)[:, None] * 128 // image.height
    columns = np.arange(image.width, dtype=np.int32)[None, :] * 128 // image.height
    weave = 246 + 18 * ((rows + columns) & 1)
    return _apply(painted, weave[:, :, None])
