"""Decoded pixels of any mode the accepted formats have, to upright RGB."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import ExifTags, Image, ImageChops

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MAX_PALETTE: Final = 256
_MAX_EXIF_BYTES: Final = 1 << 18
# In hexadecimal digits, as some programs write it into a PNG.
_EXIF_AS_TEXT: Final = "Raw profile type exif"
_STRIP_PIXELS: Final = 1 << 21


class UnreadableOrientation(Exception):
    """The EXIF block is damaged."""


def turn(image: Image.Image) -> Image.Transpose | None:
    """What brings the picture upright, by its EXIF orientation; None where it is. Raises UnreadableOrientation.

    Only this one tag is read: `ImageOps.exif_transpose` writes the whole block anew, and fails for tags that have
    nothing to do with the orientation. And only from the beginning of the block, where it stands: a list in its place
    would become an object for each value, of which millions fit into a file.
    """
    if len(image.info.get(_EXIF_AS_TEXT, "")) > 2 * _MAX_EXIF_BYTES:
        raise UnreadableOrientation
    if "exif" in image.info:
        image.info["exif"] = image.info["exif"][:_MAX_EXIF_BYTES]
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception as error:
        # Pillow raises SyntaxError, struct.error, ValueError and more on damaged blocks.
        raise UnreadableOrientation from error


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB of a decoded picture: 16 bit is rescaled, transparency lies on white.

    In strips, so that beside the picture and its RGB nothing takes memory in proportion to its size.
    """
    rows = max(1, _STRIP_PIXELS // image.width)
    if rows >= image.height or _is_rgb(image):
        return _converted(image)
    rgb = Image.new("RGB", image.size)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        rgb.paste(_converted(strip), (0, top))
    return rgb


def _converted(image: Image.Image) -> Image.Image:
    if _is_rgb(image):
        return image
    if image.mode.startswith("I"):
        image = _grey_of_16_bit(image)
    elif image.mode == "CMYK" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for inverted, which only those with Adobe's marker are.
        image = ImageChops.invert(image)
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        canvas = Image.new("RGBA", image.size, "white")
        canvas.alpha_composite(image if image.mode == "RGBA" else image.convert("RGBA"))
        image = canvas
    return image.convert("RGB")


def _is_rgb(image: Image.Image) -> bool:
    return image.mode == "RGB" and "transparency" not in image.info


def scale_transparent_color(image: Image.Image, bit_depth: int) -> None:
    """Brings a PNG's transparent colour (tRNS), given in samples of the file, to the 8 bits Pillow decodes to.

    16-bit grey is left as it is: Pillow decodes it in full. Of a palette's alphas those beyond any palette are dropped.
    """
    color = image.info.get("transparency")
    if image.mode == "L" and bit_depth < 8 and isinstance(color, int):
        image.info["transparency"] = color * 255 // (2**bit_depth - 1)
    elif image.mode == "RGB" and bit_depth == 16 and isinstance(color, tuple):
        image.info["transparency"] = tuple(sample >> 8 for sample in color)
    elif image.mode == "P" and isinstance(color, bytes):
        image.info["transparency"] = color[:_MAX_PALETTE]


def _grey_of_16_bit(image: Image.Image) -> Image.Image:
    """16-bit grey (mode I or I;16) as L, or as LA where one grey is transparent; convert("L") would clip at 255."""
    samples = np.array(image, dtype=np.uint32)  # (height, width)
    transparent = image.info.get("transparency")
    alpha = None if transparent is None else Image.fromarray(np.where(samples == transparent, 0, 255).astype(np.uint8))
    # x / 257, rounded, for every x there is.
    samples += 128
    samples //= 257
    grey = Image.fromarray(samples.astype(np.uint8))
    return grey if alpha is None else Image.merge("LA", (grey, alpha))
