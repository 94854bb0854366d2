"""A scene becomes a picture: background, people, props, then the style's finish."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from models.demo.world import figure as people
from models.demo.world import props
from models.demo.world.body import Body, pose
from models.demo.world.finish import backdrop, finish
from models.demo.world.painter import LOOKS, Painter
from models.demo.world.places import PLACES
from models.demo.world.scene import Figure, Scene

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


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a person's head and trunk are: (left, top, right, bottom) in shares of the picture's width and height."""

    figure: Figure
    head: tuple[float, float, float, float]
    trunk: tuple[float, float, float, float]


def placed(scene: Scene) -> list[Placed]:
    """Where the people of `scene` are, from back to front."""

    def box(body: Body, half: float, top: float, bottom: float) -> tuple[float, float, float, float]:
        (left, high), (right, low) = body.at(-half, top), body.at(half, bottom)
        return left / scene.aspect, high, right / scene.aspect, low

    pairs = zip(scene.figures, _bodies(scene, scene.aspect), strict=True)
    return [Placed(figure, box(body, 0.075, -0.03, 0.19), box(body, 0.13, 0.18, 0.50)) for figure, body in pairs]


def _bodies(scene: Scene, width: float) -> list[Body]:
    """Who stands where. The last one is drawn last, in front."""
    rng = stream(scene.seed, 6)
    count = len(scene.figures)
    bodies = []
    spread = min(width * 0.56, 0.30 * (count - 1) * (1.0 if scene.framing == "full" else 1.5))
    shared = int(rng.integers(12, 148))  # people in one picture are of about one height
    for index, person in enumerate(scene.figures):
        jitter_x, jitter_y, scale = (
            int(v) / 1000 for v in rng.integers((-40, -20, shared - 12), (41, 21, shared + 13))
        )
        if scene.framing == "full":
            size = (0.84 + scale * 0.7) * (1.0 if count == 1 else 0.92)
            top = 0.98 + jitter_y - size
        else:
            size = (1.40 + scale * 1.8 if scene.framing == "half" else 1.85 + scale * 2.2) * (
                1.0 if count == 1 else 0.86
            )
            top = 0.14 + abs(jitter_y) * 2 + (0.03 if count > 1 else 0.0)
        x = width / 2 + (jitter_x * 1.6 if count == 1 else spread * (index / (count - 1) - 0.5) + jitter_x * 0.5)
        bodies.append(pose((x, top), size, man=person.presentation == "man", rng=stream(scene.seed, 20 + index)))
    return bodies
