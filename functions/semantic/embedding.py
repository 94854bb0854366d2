"""A picture to its embedding, wherever it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.common.admission import Admission
from functions.common.deadline import Deadline
from functions.common.images import ImageLimits
from functions.common.inputs import Picture, RemotePicture
from functions.common.pictures import Notify, read_image
from functions.common.stages import Stages
from functions.semantic.encoders import ImageEncoder
from functions.semantic.scores import Embedding


@dataclass(frozen=True, slots=True)
class Embedder:
    """The one way from a picture to its embedding; a picture of a batch takes it like any other."""

    encoder: ImageEncoder
    admission: Admission
    stages: Stages

    def embed(
        self,
        picture: Picture | RemotePicture,
        limits: ImageLimits,
        notify: Notify,
        latest: Deadline | None = None,
    ) -> tuple[Embedding, int]:
        """The picture's embedding, and how many pixels it had. Raises BadImage, its pointer set."""
        pixels, size = self.read(picture, limits, notify, latest)
        (embedding,) = self.encode([pixels])
        return embedding, size

    def read(
        self,
        picture: Picture | RemotePicture,
        limits: ImageLimits,
        notify: Notify,
        latest: Deadline | None = None,
    ) -> tuple[NDArray[np.float32], int]:
        """The picture as the encoder takes it (1, 3, height, width), and how many pixels it had.

        Raises BadImage, its pointer set.
        """
        image = read_image(picture, limits, notify, self.stages, latest)
        with self.stages.measure("preprocess"):
            return self.encoder.encode_pre(image), image.width * image.height

    def encode(self, pictures: Sequence[NDArray[np.float32]]) -> list[Embedding]:
        """The embeddings of pictures that were read, at least one and at most the encoder's `batch_size`."""
        pixels = pictures[0] if len(pictures) == 1 else np.concatenate(pictures)
        with self.admission.inference(self.stages):
            output = self.encoder.encode_core(pixels)
        return [self.encoder.encode_post(row[np.newaxis]) for row in output]
