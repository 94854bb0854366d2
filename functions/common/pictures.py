"""A request's picture, wherever it came from, to upright RGB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from PIL import Image

from functions.common.deadline import Deadline
from functions.common.errors import BadImage
from functions.common.images import ImageLimits, WarningCode, decode
from functions.common.inputs import Picture, RemotePicture
from functions.common.stages import Stages

Notify: TypeAlias = Callable[[str, str], None]
"""Takes the code and the wording of something the caller should know."""

_NOTICES: Final[dict[WarningCode, str]] = {
    "animated_first_frame": "the picture is animated; only its first frame was judged",
    "orientation_ignored": "the picture's EXIF data is damaged, so the picture was judged as stored",
}


def read_image(
    picture: Picture | RemotePicture,
    limits: ImageLimits,
    notify: Notify,
    stages: Stages,
    latest: Deadline | None = None,
) -> Image.Image:
    """The picture, fetched before `latest` where it must be. Raises BadImage, its pointer set."""
    if isinstance(picture, RemotePicture):
        picture = picture.read(stages, latest)
    with stages.measure("decode"):
        try:
            image = decode(picture.data, limits)
        except BadImage as error:
            error.pointer = picture.pointer
            raise
    for code in image.warnings:
        notify(code, _NOTICES[code])
    return image.rgb
