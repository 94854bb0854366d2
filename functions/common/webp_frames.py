"""The first frame of a WebP, read with Pillow's binding of libwebp and not with its reader.

Pillow's reader keeps the decoder, with two canvases of its own, beside the frame's bytes and the picture made of them:
16 bytes a pixel at once, 12 of them for as long as the picture lives. Here the frame's bytes are the picture's memory,
and the decoder is freed before anything else is made.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, _webp

# By the names under which Pillow looks for an orientation.
_METADATA: Final = {"exif": "EXIF", "xmp": "XMP "}


def read(data: bytes, size: tuple[int, int]) -> tuple[Image.Image, int]:
    """The first frame on its canvas, RGBX or RGBA, and how many frames there are. The picture is read-only.

    Raises ValueError for another size than `size`, OSError or EOFError for a file that cannot be decoded, MemoryError.
    """
    decoder = _webp.WebPAnimDecoder(data)
    canvas, _, _, frames, mode = decoder.get_info()
    if canvas != size:
        raise ValueError("the canvas is not of the size that the header gives")
    metadata = {name: decoder.get_chunk(chunk) for name, chunk in _METADATA.items()}
    frame = decoder.get_next()
    del decoder
    if frame is None:
        raise EOFError("the first frame cannot be decoded")
    image = Image.frombuffer(mode, size, frame[0], "raw", mode, 0, 1)
    image.info |= {name: value for name, value in metadata.items() if value}
    return image, frames
