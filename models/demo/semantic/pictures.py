"""Training pictures: drawn in parallel, resized as the checkpoint's preprocessing does, kept as uint8 in a cache."""

import hashlib
import io
import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from models.demo import world
from models.demo.world.draw import draw, placed
from models.demo.world.sampling import sample_training_scene
from models.demo.world.scene import COVERED, Scene

SIDE: Final = 128
"""The model's input, in pixels; pictures of any shape are squashed to this square."""
PIXELS: Final = "pixels.npy"
_STAMP: Final = "drawn.json"

_CHUNK: Final = 64
_MOST_PEOPLE: Final = 3
_HEAD: Final = np.array(
    [name.endswith(("_hair", "_skin")) or name in ("hat", "sunglasses", "beard") for name in COVERED]
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is known of the drawn pictures, whose pixels lie in a file of the cache.

    `truth` (pictures, filters): which covered filters hold. `boxes` (pictures, people, 2, 4): each one's head and trunk
    as left, top, right, bottom in shares of the picture, all zero where there is nobody. `people` (pictures, people, 2,
    filters): what is to be seen in either box.
    """

    truth: NDArray[np.bool_]
    boxes: NDArray[np.float32]
    people: NDArray[np.bool_]


def squash(image: Image.Image) -> NDArray[np.uint8]:
    """The picture as the model is shown it: (SIDE, SIDE, 3), bicubic, aspect ratio not kept."""
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def labels(scenes: Sequence[Scene]) -> NDArray[np.bool_]:
    """Which covered filters hold: (scenes, filters), in COVERED's order."""
    return np.array([[name in filters for name in COVERED] for filters in (scene.filters for scene in scenes)])


def describe(scenes: Sequence[Scene]) -> Drawn:
    """Labels of `scenes`, and where each person's are to be seen."""
    boxes = np.zeros((len(scenes), _MOST_PEOPLE, 2, 4), np.float32)
    people = np.zeros((len(scenes), _MOST_PEOPLE, 2, len(COVERED)), np.bool_)
    for index, scene in enumerate(scenes):
        for person, place in enumerate(placed(scene)):
            held = np.array([name in place.figure.filters for name in COVERED])
            boxes[index, person] = (place.head, place.trunk)
            people[index, person] = (held & _HEAD, held & ~_HEAD)
    return Drawn(labels(scenes), boxes, people)


def training_scene(seed: int, index: int) -> Scene:
    """The `index`-th training scene of `seed`; it depends on nothing else."""
    return sample_training_scene(np.random.Generator(np.random.PCG64([seed, 1, index])))


def _draw_chunk(task: tuple[int, int, int]) -> NDArray[np.uint8]:
    seed, start, stop = task
    pixels = np.empty((stop - start, SIDE, SIDE, 3), np.uint8)
    for row, index in zip(pixels, range(start, stop), strict=True):
        rng = np.random.Generator(np.random.PCG64([seed, 2, index]))
        image = draw(training_scene(seed, index), int(rng.integers(144, 257)))
        if rng.integers(3) == 0:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=int(rng.integers(60, 96)))
            image = Image.open(buffer).convert("RGB")
        row[:] = squash(image)
    return pixels


def render(seed: int, count: int, cache: Path, workers: int) -> Drawn:
    """Draw the first `count` training scenes of `seed`; PIXELS in `cache` becomes (count, SIDE, SIDE, 3).

    Pictures that the same program drew there before are left as they are.
    """
    cache.mkdir(parents=True, exist_ok=True)
    stamp = json.dumps({"seed": seed, "count": count, "program": _program_digest()})
    if not (cache / _STAMP).is_file() or (cache / _STAMP).read_text(encoding="utf-8") != stamp:
        (cache / _STAMP).unlink(missing_ok=True)
        _render(seed, count, cache, workers)
        (cache / _STAMP).write_text(stamp, encoding="utf-8")
    return describe([training_scene(seed, index) for index in range(count)])


def _render(seed: int, count: int, cache: Path, workers: int) -> None:
    pixels = np.lib.format.open_memmap(cache / PIXELS, "w+", np.uint8, (count, SIDE, SIDE, 3))
    tasks = [(seed, start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool, tqdm(total=count, desc="draw", unit="picture") as bar:
        for (_, start, stop), drawn in zip(tasks, pool.imap(_draw_chunk, tasks), strict=True):
            pixels[start:stop] = drawn
            bar.update(stop - start)
    pixels.flush()


def _program_digest() -> str:
    """Of all that decides a pixel: this module, the world's modules, and the version of Pillow."""
    digest = hashlib.sha256(PIL.__version__.encode())
    for path in (Path(__file__), *sorted(Path(world.__file__).parent.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Augmented:
    """A batch as it is shown: `pixels` float32 (n, 3, SIDE, SIDE) in -1 to 1, and the boxes moved with them."""

    pixels: NDArray[np.float32]
    boxes: NDArray[np.float32]


def augment(pixels: NDArray[np.uint8], boxes: NDArray[np.float32], rng: np.random.Generator) -> Augmented:
    """A batch (n, SIDE, SIDE, 3) shifted, mirrored and brightened at random. Every covered filter holds in a mirror."""
    margin = 8
    padded = np.pad(pixels, ((0, 0), (margin, margin), (margin, margin), (0, 0)), mode="edge")
    shown, moved = np.empty_like(pixels), boxes.copy()
    shifts = rng.integers(0, 2 * margin + 1, (len(pixels), 2)).tolist()
    for index, ((dy, dx), flip) in enumerate(zip(shifts, rng.integers(0, 2, len(pixels)), strict=True)):
        view = padded[index, dy : dy + SIDE, dx : dx + SIDE]
        moved[index] += np.array([margin - dx, margin - dy] * 2, np.float32) / SIDE
        if flip:
            view = view[:, ::-1]
            moved[index] = np.stack(
                [1 - moved[index, ..., 2], moved[index, ..., 1], 1 - moved[index, ..., 0], moved[index, ..., 3]], -1
            )
        shown[index] = view
    moved[boxes[..., 2] == boxes[..., 0]] = 0
    scaled = shown.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1
    gain = rng.uniform(0.9, 1.1, (len(shown), 1, 1, 1)).astype(np.float32)
    shift = rng.uniform(-0.06, 0.06, (len(shown), 3, 1, 1)).astype(np.float32)
    return Augmented(np.asarray(np.clip(scaled * gain + shift, -1, 1), dtype=np.float32), moved)
