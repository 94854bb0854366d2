"""A picture to its embedding, wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass

from functions.common.admission import Admission
from functions.common.fetching import Deadline
from functions.common.images import ImageLimits
from functions.common.inputs import Picture, RemotePicture
from functions.common.pictures import Notify, read_image
from functions.common.stages import Stages
from functions.semantic.detector import Embedding
from functions.semantic.encoders import ImageEncoder


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
        image = read_image(picture, limits, notify, self.stages, latest)
        with self.stages.measure("preprocess"):
            pixels = self.encoder.encode_pre(image)
        with self.admission.inference(self.stages):
            output = self.encoder.encode_core(pixels)
        return self.encoder.encode_post(output), image.width * image.height
