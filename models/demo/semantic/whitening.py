"""A start for the image tower that fits the pictures: whitened patches, and positions on a plane."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import SiglipModel

from models.demo.semantic.architecture import PATCH
from models.demo.semantic.pictures import SIDE

_PATCH_SCALE, _POSITION_SCALE = 0.7, 0.5


def initialise(model: SiglipModel, pixels: NDArray[np.uint8]) -> None:
    """Set the patch embedding to the principal components of the patches of `pixels`, each at the same scale.

    `pixels` is (pictures, SIDE, SIDE, 3). The components of natural patches differ in scale by a factor of a hundred;
    where they start alike, a small number of steps is enough. Positions start as sines of row and column.
    """
    embeddings: Any = model.vision_model.embeddings
    scaled = pixels.astype(np.float64).transpose(0, 3, 1, 2) / 127.5 - 1
    weight, bias = whitened_patches(scaled, PATCH, embeddings.patch_embedding.weight.shape[0])
    with torch.no_grad():
        embeddings.patch_embedding.weight.copy_(torch.from_numpy(weight))
        embeddings.patch_embedding.bias.copy_(torch.from_numpy(bias))
        embeddings.position_embedding.weight.copy_(torch.from_numpy(positions(SIDE // PATCH, len(bias))))


def whitened_patches(
    scaled: NDArray[np.float64], patch: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight (width, 3, patch, patch) and bias (width,) that whiten the patches of pictures (n, 3, side, side)."""
    rows = scaled.shape[-1] // patch
    patches = scaled.reshape(len(scaled), 3, rows, patch, rows, patch).transpose(0, 2, 4, 1, 3, 5)
    patches = patches.reshape(-1, 3 * patch * patch)  # (patches, values)
    mean = patches.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(patches - mean, rowvar=False))
    values, vectors = values[::-1][:width], vectors[:, ::-1][:, :width]
    weight = (vectors * (_PATCH_SCALE / np.sqrt(values + values[-1] * 4))).T  # (width, values)
    # Each component in every number of the embedding, so that no single one stands for all brightness.
    turn = np.linalg.qr(np.random.Generator(np.random.PCG64(0)).standard_normal((width, width)))[0]
    weight = turn @ weight
    return weight.reshape(width, 3, patch, patch), -weight @ mean


def positions(rows: int, width: int) -> NDArray[np.float64]:
    """Sines and cosines of row and column at several wavelengths: (rows * rows, width)."""
    place = np.arange(rows)[:, None] / rows
    frequencies = np.pi * 2.0 ** np.linspace(-1, 2, width // 4)[None, :]
    axis = np.concatenate([np.sin(place * frequencies), np.cos(place * frequencies)], axis=1)  # (rows, width / 2)
    down, across = np.repeat(axis, rows, axis=0), np.tile(axis, (rows, 1))
    return np.asarray(_POSITION_SCALE * np.concatenate([down, across], axis=1))
