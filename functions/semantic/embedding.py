"""A picture to its embedding, wherever it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from functions.common.admission import Admission
from functions.common.errors import BadImage
from functions.common.fetching import Deadline
from functions.common.images import ImageLimits, WarningCode, decode
from functions.common.inputs import Picture, RemotePicture
from functions.common.stages import Stages
from functions.semantic.detector import Embedding
from functions.semantic.encoders import ImageEncoder

Notify: TypeAlias = Callable[[str, str], None]
"""Takes the code and the wording of something the caller should know."""

_NOTICES: Final[dict[WarningCode, str]] = {
    "animated_first_frame": "the picture is animated; its first frame was judged",
    "orientation_ignored": "the picture's EXIF data is damaged; it was judged as stored",
}


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
        if isinstance(picture, RemotePicture):
            picture = picture.read(self.stages, latest)
        with self.stages.measure("decode"):
            try:
                image = decode(picture.data, limits)
            except BadImage as error:
                error.pointer = picture.pointer
                raise
        for code in image.warnings:
            notify(code, _NOTICES[code])
        with self.stages.measure("preprocess"):
            pixels = self.encoder.encode_pre(image.rgb)
        with self.admission.inference(self.stages):
            output = self.encoder.encode_core(pixels)
        return self.encoder.encode_post(output), image.rgb.width * image.rgb.height
