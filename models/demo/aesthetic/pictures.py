"""Training pictures: near pairs, each picture also with a flaw, cut to the model's square and kept as uint8."""

import hashlib
import io
import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from functions.aesthetic import preprocessing
from functions.aesthetic.manifest import CropPreprocessing
from functions.aesthetic.preprocessing import preprocess
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD
from models.demo import world
from models.demo.aesthetic import flaws
from models.demo.aesthetic.flaws import FLAWS, spoil
from models.demo.semantic.pictures import Drawn, describe
from models.demo.world.draw import draw
from models.demo.world.sampling import near_negative, sample_training_scene
from models.demo.world.scene import Scene

SIDE: Final = 128
"""The model's input, in pixels: the shorter side of a picture, of which the middle square is looked at."""
ASPECT: Final = 1.4
"""Width by height of what is drawn. The square in its middle holds the people; flaws of composition need the rest."""
SPEC: Final = CropPreprocessing(size=SIDE, mean=PIXEL_MEAN, std=PIXEL_STD)
PIXELS: Final = "pixels.npy"
_STAMP: Final = "drawn.json"
_CHUNK: Final = 32
_MEAN, _STD = (np.array(values, np.float32)[:, None, None] for values in (PIXEL_MEAN, PIXEL_STD))


def wide(scene: Scene) -> Scene:
    """`scene` in the shape this model is shown."""
    return replace(scene, aspect=ASPECT)


def training_pair(seed: int, index: int) -> tuple[Scene, Scene]:
    """The `index`-th training scene of `seed` and its near negative, neither with a held-out combination."""
    rng = np.random.Generator(np.random.PCG64([seed, 1, index]))
    scene = wide(sample_training_scene(rng))
    return scene, near_negative(scene, rng, held_out=False)


def flaw_of(seed: int, picture: int) -> str:
    """The flaw that the `picture`-th training picture of `seed` is also drawn with."""
    return FLAWS[int(np.random.Generator(np.random.PCG64([seed, 2, picture])).integers(len(FLAWS)))]


def shown(image: Image.Image) -> NDArray[np.uint8]:
    """What the model is shown of a picture, by the run-time's own preprocessing: (SIDE, SIDE, 3)."""
    pixels = preprocess(image, SPEC)[0] * _STD + _MEAN
    return np.asarray(np.rint(pixels * 255).transpose(1, 2, 0), dtype=np.uint8)


def normalise(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pixels (n, 3, height, width) from -1 to 1 as the model takes them."""
    return np.asarray(((pixels + 1) / 2 - _MEAN) / _STD, dtype=np.float32)


def render(seed: int, pairs: int, cache: Path, workers: int) -> Drawn:
    """Draw the first `pairs` training pairs of `seed`: PIXELS in `cache` becomes (2 * pairs, 2, SIDE, SIDE, 3).

    Picture 2k + 1 is the near negative of picture 2k; the second of a picture's two images has the flaw. What is known
    of them holds for the first: `boxes` are in shares of the square. Pictures that the same program drew there before
    are left as they are.
    """
    cache.mkdir(parents=True, exist_ok=True)
    stamp = json.dumps({"seed": seed, "pairs": pairs, "program": _program_digest()})
    if not (cache / _STAMP).is_file() or (cache / _STAMP).read_text(encoding="utf-8") != stamp:
        (cache / _STAMP).unlink(missing_ok=True)
        _render(seed, pairs, cache, workers)
        (cache / _STAMP).write_text(stamp, encoding="utf-8")
    drawn = describe([scene for index in range(pairs) for scene in training_pair(seed, index)])
    boxes = drawn.boxes.copy()
    boxes[..., [0, 2]] = boxes[..., [0, 2]] * ASPECT - (ASPECT - 1) / 2
    boxes[drawn.boxes[..., 2] == drawn.boxes[..., 0]] = 0
    return replace(drawn, boxes=boxes)


def _render(seed: int, pairs: int, cache: Path, workers: int) -> None:
    pixels = np.lib.format.open_memmap(cache / PIXELS, "w+", np.uint8, (2 * pairs, 2, SIDE, SIDE, 3))
    tasks = [(seed, start, min(start + _CHUNK, pairs)) for start in range(0, pairs, _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool, tqdm(total=2 * pairs, desc="draw", unit="picture") as bar:
        for (_, start, stop), drawn in zip(tasks, pool.imap(_draw_chunk, tasks), strict=True):
            pixels[2 * start : 2 * stop] = drawn
            bar.update(2 * (stop - start))
    pixels.flush()


def _draw_chunk(task: tuple[int, int, int]) -> NDArray[np.uint8]:
    seed, start, stop = task
    pixels = np.empty((2 * (stop - start), 2, SIDE, SIDE, 3), np.uint8)
    for pair in range(start, stop):
        # A pair shares its size and compression: what differs is what the scenes say.
        rng = np.random.Generator(np.random.PCG64([seed, 3, pair]))
        height, quality = int(rng.integers(184, 257)), int(rng.integers(60, 96)) if rng.integers(3) == 0 else None
        for side, scene in enumerate(training_pair(seed, pair)):
            picture = 2 * pair + side
            image = draw(scene, height)
            strength = np.random.Generator(np.random.PCG64([seed, 4, picture]))
            spoilt = spoil(image, scene, flaw_of(seed, picture), strength)
            for which, version in enumerate((image, spoilt)):
                pixels[picture - 2 * start, which] = shown(_compressed(version, quality))
    return pixels


def _compressed(image: Image.Image, quality: int | None) -> Image.Image:
    if quality is None:
        return image
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _program_digest() -> str:
    """Of all that decides a pixel: this module and the two it uses, the world's modules, and the version of Pillow."""
    digest = hashlib.sha256(PIL.__version__.encode())
    own = (__file__, flaws.__file__, preprocessing.__file__)
    for path in (*map(Path, own), *sorted(Path(world.__file__).parent.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
