"""Photographs to measure with: one of a free licence, cut and coloured in ten ways."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

CANDIDATES = 10
"""As many as a request may rank."""
_QUALITY = 90


def photograph(side: int, number: int = 0) -> bytes:
    """JPEG of a photograph of `side` x `side`; those of other numbers are other parts of it, in other colours."""
    import skimage.data  # noqa: PLC0415 - it is slow to import, and rarely needed

    coffee: Any = skimage.data.coffee  # untyped
    whole = Image.fromarray(coffee()).convert("RGB")
    margin = 12 * number
    part = whole.crop((margin, margin // 2, whole.width - margin // 2, whole.height - margin))
    enlarged = np.asarray(part.resize((side, side), Image.Resampling.BICUBIC), np.float64)
    # Enlarged it is smoother than a picture of that size is, and would be decoded too fast.
    grain = np.random.default_rng(number).normal(0, 6, (side, side, 3))
    pixels = np.clip(np.roll(enlarged, number, axis=2) + grain, 0, 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
