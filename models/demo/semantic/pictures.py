"""Training pictures: drawn in parallel, resized as the checkpoint's preprocessing does, kept as uint8 in a cache."""

import io
import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from models.demo.world.draw import draw
from models.demo.world.sampling import sample_training_scene
from models.demo.world.scene import COVERED, Scene

SIDE: Final = 128
"""The model's input, in pixels; pictures of any shape are squashed to this square."""

_CHUNK: Final = 64


def squash(image: Image.Image) -> NDArray[np.uint8]:
    """The picture as the model is shown it: (SIDE, SIDE, 3), bicubic, aspect ratio not kept."""
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def labels(scenes: Sequence[Scene]) -> NDArray[np.bool_]:
    """Which covered filters hold: (scenes, filters), in COVERED's order."""
    return np.array([[name in filters for name in COVERED] for filters in (scene.filters for scene in scenes)])


def training_scene(seed: int, index: int) -> Scene:
    """The `index`-th training scene of `seed`; it depends on nothing else."""
    return sample_training_scene(np.random.Generator(np.random.PCG64([seed, 1, index])))


def _draw_chunk(task: tuple[int, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    seed, start, stop = task
    scenes = [training_scene(seed, index) for index in range(start, stop)]
    pixels = np.empty((len(scenes), SIDE, SIDE, 3), np.uint8)
    for row, (index, scene) in zip(pixels, enumerate(scenes, start), strict=True):
        rng = np.random.Generator(np.random.PCG64([seed, 2, index]))
        image = draw(scene, int(rng.integers(144, 257)))
        if rng.integers(3) == 0:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=int(rng.integers(60, 96)))
            image = Image.open(buffer).convert("RGB")
        row[:] = squash(image)
    return pixels, labels(scenes)


def render(seed: int, count: int, cache: Path, workers: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Pictures (count, SIDE, SIDE, 3), memory-mapped from `cache`, and labels (count, filters)."""
    cache.mkdir(parents=True, exist_ok=True)
    pixels = np.lib.format.open_memmap(cache / "pixels.npy", "w+", np.uint8, (count, SIDE, SIDE, 3))
    truth = np.empty((count, len(COVERED)), np.bool_)
    tasks = [(seed, start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool, tqdm(total=count, desc="draw", unit="picture") as bar:
        for (_, start, stop), (drawn, held) in zip(tasks, pool.imap(_draw_chunk, tasks), strict=True):
            pixels[start:stop], truth[start:stop] = drawn, held
            bar.update(stop - start)
    pixels.flush()
    return pixels, truth


def augment(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """A batch (n, SIDE, SIDE, 3) shifted, mirrored and brightened at random; float32 (n, 3, SIDE, SIDE) in -1 to 1.

    Every covered filter stays true in a mirror.
    """
    margin = 8
    padded = np.pad(pixels, ((0, 0), (margin, margin), (margin, margin), (0, 0)), mode="edge")
    out = np.empty_like(pixels)
    for row, picture, (dy, dx), flip in zip(
        out, padded, rng.integers(0, 2 * margin + 1, (len(out), 2)).tolist(), rng.integers(0, 2, len(out)), strict=True
    ):
        view = picture[dy : dy + SIDE, dx : dx + SIDE]
        row[:] = view[:, ::-1] if flip else view
    scaled = out.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1
    gain = rng.uniform(0.9, 1.1, (len(out), 1, 1, 1)).astype(np.float32)
    shift = rng.uniform(-0.06, 0.06, (len(out), 3, 1, 1)).astype(np.float32)
    return np.asarray(np.clip(scaled * gain + shift, -1, 1), dtype=np.float32)
