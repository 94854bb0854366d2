"""The pictures of the set: photographs and generated pictures with their crops, and scenes of the demo world."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.demo.world.sampling import sample_scene
from models.demo.world.scene import COVERED, STYLES, Scene
from models.pictures import Source

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as fractions of the picture's width and height."""

WHOLE: Final[Box] = (0, 0, 1, 1)
_CC0: Final = "CC0 1.0"
_PUBLIC: Final = "public domain"
_DEMO_SEED: Final = 20261119
DEMO_SOURCE: Final = "demo"
DEMO_SCENES: Final = 18


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a source picture, under the name it has in the set."""

    name: str
    caption: str
    box: Box = WHOLE


@dataclass(frozen=True, slots=True)
class Original:
    """A picture as others published it: at `path` in `package` or, where that is None, in the program's --generated."""

    key: str
    package: str | None
    path: str
    source: Source
    cuts: tuple[Cut, ...]


def _skimage(key: str, path: str, title: str, author: str, licence: str, *cuts: Cut) -> Original:
    source = Source(title=title, author=author, url=f"https://scikit-image.org (skimage.data, {path})", licence=licence)
    return Original(key, "skimage", f"data/{path}", source, cuts)


def _generated(number: int, *cuts: Cut) -> Original:
    source = Source(
        title=f"Sample picture {number}, output of an image generator",
        author="the authors of ImageReward",
        url=f"https://github.com/THUDM/ImageReward (assets/images/{number}.webp)",
        licence="Apache-2.0",
    )
    return Original(f"generated_{number}", None, f"{number}.webp", source, cuts)


ORIGINALS: Final[tuple[Original, ...]] = (
    _skimage(
        *("astronaut", "astronaut.png", "Eileen Collins, NASA astronaut", "NASA", _PUBLIC),
        Cut("astronaut", "a portrait photo of a smiling woman in an orange space suit"),
        Cut("astronaut_head", "a photo of a woman with short brown hair", (0.22, 0.0, 0.72, 0.5)),
        Cut("astronaut_suit", "a photo of an orange space suit", (0.1, 0.4, 0.6, 1.0)),
        Cut("astronaut_shuttle", "a photo of a model of a space shuttle and a helmet", (0.55, 0.0, 1.0, 1.0)),
    ),
    _skimage(
        *("camera", "camera.png", "Man with a camera", "Lav Varshney", _CC0),
        Cut("camera", "a black and white photo of a man filming with a camera"),
        Cut("camera_man", "a black and white photo of a man in a dark coat", (0.1, 0.05, 0.7, 0.7)),
        Cut("camera_lawn", "a black and white photo of a tripod on a lawn", (0.5, 0.25, 1.0, 1.0)),
    ),
    _skimage(
        *("chelsea", "chelsea.png", "Chelsea the cat", "Stefan van der Walt", _CC0),
        Cut("chelsea", "a close-up photo of a tabby cat"),
        Cut("chelsea_eye", "a close-up photo of the eye of a cat", (0.12, 0.1, 0.6, 0.7)),
    ),
    _skimage(
        *("coffee", "coffee.png", "Cup of coffee", "Rachel Michetti, courtesy of Pikolo Espresso Bar", _CC0),
        Cut("coffee", "a photo of a red cup of coffee on a wooden table"),
        Cut("coffee_spoon", "a close-up photo of a spoon beside a cup", (0.4, 0.4, 0.9, 1.0)),
    ),
    _skimage(
        *("rocket", "rocket.jpg", "Falcon 9 with DSCOVR before launch", "SpaceX", _PUBLIC),
        Cut("rocket", "a photo of a rocket on its launch pad at night"),
        Cut("rocket_tip", "a photo of the tip of a rocket against the evening sky", (0.35, 0.15, 0.65, 0.75)),
    ),
    _skimage(
        *("hubble", "hubble_deep_field.jpg", "Hubble eXtreme Deep Field", "NASA", _PUBLIC),
        Cut("hubble", "a photo of distant galaxies in a black sky"),
        Cut("hubble_galaxy", "a photo of a bright galaxy", (0.55, 0.4, 0.9, 0.75)),
    ),
    _skimage(
        *("retina", "retina.jpg", "Retina of a left eye", "Mikael Häggström", _CC0),
        Cut("retina", "a medical photo of a retina"),
        Cut("retina_vessels", "a medical photo of blood vessels", (0.05, 0.3, 0.5, 0.7)),
    ),
    Original(
        "china",
        "sklearn",
        "datasets/images/china.jpg",
        Source(
            title="Tower of the Summer Palace in Beijing",
            author="danielbuechele",
            url="https://www.flickr.com/photos/danielbuechele/6061409035",
            licence="CC BY 2.0, https://creativecommons.org/licenses/by/2.0/ (changed: scaled down, cropped)",
        ),
        (
            Cut("china", "a photo of a Chinese tower above a lake"),
            Cut("china_roof", "a photo of the roofs of a Chinese tower", (0.1, 0.05, 0.55, 0.6)),
            Cut("china_trees", "a photo of trees above a misty lake", (0.45, 0.3, 1.0, 1.0)),
        ),
    ),
    _skimage(
        *("brick", "brick.png", "Brick wall", "CC0Textures", _CC0),
        Cut("brick", "a black and white photo of a brick wall"),
    ),
    _skimage(
        *("grass", "grass.png", "Grass", "linolafett", _CC0),
        Cut("grass", "a black and white photo of grass", (0, 0, 0.7, 0.7)),
    ),
    _skimage(
        *("gravel", "gravel.png", "Gravel", "CC0Textures", _CC0),
        Cut("gravel", "a black and white photo of gravel", (0, 0, 0.6, 0.6)),
        Cut("gravel_stones", "a close-up photo of stones", (0.7, 0.7, 1.0, 1.0)),
    ),
    _skimage(
        *("cell", "cell.png", "Cell floating in saline", "Paul Müller et al.", _CC0),
        Cut("cell", "a microscope picture of a single cell"),
    ),
    _skimage(
        *("clock", "clock_motion.png", "Wall clock, blurred by motion", "Stefan van der Walt", _PUBLIC),
        Cut("clock", "a blurred photo of a white clock on a grey wall"),
    ),
    _skimage(
        *("horse", "horse.png", "Silhouette of a horse", "Andreas Preuss", _CC0),
        Cut("horse", "a black silhouette of a horse"),
        Cut("horse_head", "a black silhouette of the head of a horse", (0.6, 0.0, 1.0, 0.5)),
    ),
    _skimage(
        *("text", "text.png", "Handwriting", "from Wikipedia's Corner.png", _PUBLIC),
        Cut("text", "a grey photo of handwritten formulas"),
        Cut("text_word", "a grey photo of handwriting", (0.4, 0.0, 0.75, 1.0)),
    ),
    _generated(
        1,
        Cut("generated_1", "a painting of an ocean with clouds and birds, day time, low depth field effect"),
        Cut("generated_1_birds", "a painting of white birds above the surf", (0.15, 0.6, 0.9, 1.0)),
        Cut("generated_1_clouds", "a painting of white clouds in a blue sky", (0.0, 0.0, 1.0, 0.4)),
    ),
    _generated(
        2,
        Cut("generated_2", "a painting of dark birds above a calm ocean at dusk"),
        Cut("generated_2_birds", "a painting of two flying birds", (0.3, 0.12, 0.8, 0.35)),
        Cut("generated_2_waves", "a painting of clouds at the horizon", (0.3, 0.55, 1.0, 1.0)),
    ),
    _generated(
        3,
        Cut("generated_3", "a painting of clouds over the sea"),
        Cut("generated_3_cloud", "a painting of a cloud", (0.0, 0.2, 0.6, 0.55)),
        Cut("generated_3_surf", "a painting of the surf", (0.0, 0.75, 1.0, 1.0)),
    ),
    _generated(
        4,
        Cut("generated_4", "a framed painting of white waves in a deep blue ocean"),
        Cut("generated_4_frame", "a painting in a wooden frame", (0.0, 0.0, 0.5, 0.35)),
        Cut("generated_4_waves", "an abstract painting of waves in blue and green", (0.2, 0.5, 1.0, 0.95)),
    ),
)

DEMO: Final = Source(
    title="Scenes of the demo world, adults only",
    author="this project",
    url="../demo/world",
    licence="MIT",
)


def demo_scenes() -> list[Scene]:
    """DEMO_SCENES scenes, with each style in turn."""
    rngs = (np.random.Generator(np.random.PCG64([_DEMO_SEED, index])) for index in range(DEMO_SCENES))
    return [replace(sample_scene(rng), style=STYLES[index % len(STYLES)]) for index, rng in enumerate(rngs)]


def demo_caption(scene: Scene) -> str:
    """What is true of the scene, in the taxonomy's words."""
    names = [name.replace("_", " ") for name in COVERED if name in scene.filters]
    return f"a picture of {', '.join(names)}"
