"""A scene becomes a picture: background, people, props, then the style's finish."""

import numpy as np
from PIL import Image

from models.demo.world import figure as people
from models.demo.world import props
from models.demo.world.body import Body, pose
from models.demo.world.finish import backdrop, finish
from models.demo.world.painter import LOOKS, Painter
from models.demo.world.places import PLACES
from models.demo.world.scene import Scene

_SUPERSAMPLE = 2


def stream(seed: int, part: int) -> np.random.Generator:
    """The random numbers of one part of a scene; changing one part leaves the others as they are."""
    return np.random.Generator(np.random.PCG64([seed, part]))


def draw(scene: Scene, size: int) -> Image.Image:
    """The picture of `scene`, RGB, `size` pixels high and `size * scene.aspect` wide. Same scene, same pixels."""
    height = size * _SUPERSAMPLE
    width = max(1, round(height * scene.aspect))
    image = Image.new("RGB", (width, height))
    look = LOOKS[scene.style]
    light = (-0.5 if stream(scene.seed, 0).integers(2) else 0.5, -0.6)
    painter = Painter(image, look, light)
    PLACES[scene.place](painter, stream(scene.seed, 1), scene.sunset)
    props.clutter(painter, stream(scene.seed, 2))
    image = backdrop(image, painter, scene.style, stream(scene.seed, 3))
    painter = Painter(image, look, light)
    bodies = _bodies(scene, painter.width)
    if scene.service == "travel_companion":
        props.travel(painter, bodies, stream(scene.seed, 4))
    for index, (person, body) in enumerate(zip(scene.figures, bodies, strict=True)):
        people.paint(painter, body, person, style=scene.style, seed=scene.seed, part=100 + 10 * index)
    if scene.service == "dinner_companion":
        props.dinner(painter, bodies, stream(scene.seed, 4))
    elif scene.service == "fitness_training":
        props.fitness(painter, bodies, stream(scene.seed, 4))
    image = finish(image, scene.style, stream(scene.seed, 5))
    return image.resize((max(1, width // _SUPERSAMPLE), size), Image.Resampling.BOX)


def _bodies(scene: Scene, width: float) -> list[Body]:
    """Who stands where. The last one is drawn last, in front."""
    rng = stream(scene.seed, 6)
    count = len(scene.figures)
    bodies = []
    spread = min(width * 0.62, 0.27 * count)
    for index, person in enumerate(scene.figures):
        jitter_x, jitter_y, scale = (int(v) / 1000 for v in rng.integers((-40, -20, 0), (41, 21, 160)))
        size = (0.78 + scale * 0.85 if scene.framing == "full" else 1.32 + scale * 2.2) * (1.0 if count == 1 else 0.86)
        x = width / 2 + (jitter_x * 2 if count == 1 else spread * (index / (count - 1) - 0.5) + jitter_x * 0.5)
        foot = 0.97 + jitter_y if scene.framing == "full" else 0.0
        top = foot - size if scene.framing == "full" else 0.15 + abs(jitter_y) * 2 + (0.04 if count > 1 else 0.0)
        bodies.append(pose((x, top), size, man=person.presentation == "man", rng=stream(scene.seed, 20 + index)))
    return bodies
