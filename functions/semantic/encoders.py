"""A picture to its embedding: preprocess, run, normalise."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from functions.semantic.manifest import Preprocessing

ENCODER_NAME = "image_encoder.onnx"
WEIGHTS_NAME = "image_encoder.onnx.data"


class ImageEncoder(Protocol):
    """The seam between the service and an engine; the three stages are timed apart."""

    device: str
    batch_size: int
    """Most pictures that are encoded at once: 1 where the ones beside it would change a picture's embedding."""

    def encode_pre(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB picture to pixels (1, 3, height, width)."""

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels (batch, 3, height, width) to the model's output (batch, embedding), batch at most `batch_size`."""

    def encode_post(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's output for one picture (1, embedding) to a unit vector (embedding,)."""


class OnnxImageEncoder:
    """The CPU engine. One picture at a time: dynamic quantisation shares a scale across a batch."""

    device = "cpu"
    batch_size = 1

    def __init__(self, session: onnxruntime.InferenceSession, preprocessing: Preprocessing) -> None:
        self._session = session
        self._preprocessing = preprocessing

    def encode_pre(self, image: Image.Image) -> NDArray[np.float32]:
        """See ImageEncoder."""
        return preprocess(image, self._preprocessing)

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ImageEncoder."""
        (output,) = self._session.run(["embedding"], {"pixels": pixels})
        return np.asarray(output, dtype=np.float32)

    def encode_post(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ImageEncoder."""
        return unit(output[0])


def preprocess(image: Image.Image, spec: Preprocessing) -> NDArray[np.float32]:
    """Squash to the square, rescale, normalise: (1, 3, height, width), bit-exact to transformers' Pillow processor."""
    resample = Image.Resampling[spec.resample.upper()]
    resized = image.resize((spec.width, spec.height), resample=resample)
    pixels = np.asarray(resized, dtype=np.uint8).transpose(2, 0, 1)
    # float64 products rounded once, as transformers.image_transforms.rescale does.
    rescaled = (pixels.astype(np.float64) * spec.rescale_factor).astype(np.float32)
    mean = np.array(spec.mean, dtype=np.float32)[:, None, None]
    std = np.array(spec.std, dtype=np.float32)[:, None, None]
    return np.ascontiguousarray((rescaled - mean) / std)[None]


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector at length 1, computed in float64.

    Raises FloatingPointError for one without a direction: nothing compares with NaN, so nothing would count as seen.
    """
    wide = vector.astype(np.float64)
    length = float(np.sqrt((wide * wide).sum()))
    if not 0 < length < np.inf:
        raise FloatingPointError("the model's output is zero or not finite")
    return np.asarray(wide / length, dtype=np.float32)
