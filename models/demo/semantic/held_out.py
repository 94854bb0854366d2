"""Pictures that training never sees: validation scenes like those of training, and held-out combinations."""

from typing import Final

import numpy as np
from PIL import Image

from models.demo.world.draw import draw
from models.demo.world.sampling import near_negative, sample_held_out_scene, sample_training_scene
from models.demo.world.scene import Scene

SEED: Final = 20261121
HEIGHT: Final = 256
"""In pixels. Pictures to score are drawn larger than the model's input, and squashed by its preprocessing."""


def held_out_scenes(pairs: int) -> list[Scene]:
    """Scenes with an attribute combination unseen in training, each followed by its near negative: 2 x `pairs`."""
    scenes: list[Scene] = []
    for index in range(pairs):
        rng = np.random.Generator(np.random.PCG64([SEED, 1, index]))
        scene = sample_held_out_scene(rng)
        scenes += [scene, near_negative(scene, rng)]
    return scenes


def validation_scenes(count: int) -> list[Scene]:
    """Fresh scenes without held-out combinations, to choose settings on."""
    return [sample_training_scene(np.random.Generator(np.random.PCG64([SEED, 2, index]))) for index in range(count)]


def pictures(scenes: list[Scene]) -> list[Image.Image]:
    """The scenes drawn, RGB, HEIGHT pixels high."""
    return [draw(scene, HEIGHT) for scene in scenes]
