"""Example pictures to try requests with: the first held-out scene of a few kinds, and which filters hold for it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from models.demo.world.draw import draw
from models.demo.world.scene import COVERED, Scene

_KINDS: Final[dict[str, Callable[[Scene], bool]]] = {
    "1.jpg": lambda scene: scene.place == "cyberpunk" and scene.style == "anime" and len(scene.figures) == 1,
    "2.jpg": lambda scene: scene.service == "dinner_companion" and len(scene.figures) == 2,
    "3.jpg": lambda scene: scene.place == "beach" and scene.style == "3d_render" and len(scene.figures) == 1,
}


def write_examples(scenes: Sequence[Scene], directory: Path) -> None:
    """Write the first scene of each kind as a JPEG 512 pixels high, and truth.json."""
    directory.mkdir(parents=True, exist_ok=True)
    truth: dict[str, list[str]] = {}
    for name, fits in _KINDS.items():
        scene = next(scene for scene in scenes if fits(scene))
        draw(scene, 512).save(directory / name, quality=82, optimize=True)
        truth[name] = [entry for entry in COVERED if entry in scene.filters]
    (directory / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
