"""What every reward engine is asked: pictures that are decoded already, and prompts. Nothing but Pillow is needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

PROMPTS = (
    "a cup of coffee on a wooden table",
    "a painting of an ocean with clouds and birds, day time, low depth field effect",
    "portrait of a smiling astronaut in an orange space suit",
    "a cat with green eyes",
    "a cozy kitchen in the morning light, steam over a cup, photorealistic, highly detailed",
    "rocket",
    "an empty street at night in the rain, neon signs, cinematic lighting, 35 mm",
    "a bowl of fruit, oil on canvas",
    "a wooden cabin by a lake under the stars",
    "a red bicycle leaning on a white wall",
)
"""The first is the one asked about every picture."""


class Questions:
    """Pictures of a folder, in the order of their names; decoded when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(folder.glob("*.jpg"))
        self.first = _decoded(self._paths[0])

    @cached_property
    def pictures(self) -> tuple[Image.Image, ...]:
        """All of them."""
        return (self.first, *map(_decoded, self._paths[1:]))


def timed(work: Callable[[], Sequence[float]]) -> dict[str, Any]:
    """What `work` answers, and how long it took."""
    started = time.perf_counter()
    rewards = work()
    return {"seconds": time.perf_counter() - started, "rewards": list(rewards)}


def _decoded(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")
