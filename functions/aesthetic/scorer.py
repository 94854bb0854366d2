"""A picture, wherever it came from, and prompts to rewards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from functions.aesthetic.reward_model import Reward, RewardModel
from functions.common.admission import Admission
from functions.common.deadline import Deadline
from functions.common.errors import BadImage
from functions.common.images import ImageLimits
from functions.common.inputs import Picture, RemotePicture
from functions.common.pictures import Notify, read_image
from functions.common.stages import Stages


@dataclass(frozen=True, slots=True)
class Scorer:
    """The one way from a picture to its rewards; a candidate of many takes it like any other picture."""

    engine: RewardModel
    admission: Admission
    stages: Stages

    def score(
        self,
        picture: Picture | RemotePicture,
        prompts: Sequence[str],
        limits: ImageLimits,
        notify: Notify,
        latest: Deadline | None = None,
    ) -> tuple[list[Reward], int]:
        """A reward for each prompt, the picture's tokens made once; and how many pixels the picture had.

        Raises BadImage, its pointer set.
        """
        pixels, size = self.read(picture, limits, notify, latest)
        (rewards,) = self.rewards([pixels], prompts)
        return rewards, size

    def read(
        self,
        picture: Picture | RemotePicture,
        limits: ImageLimits,
        notify: Notify,
        latest: Deadline | None = None,
    ) -> tuple[NDArray[np.float32], int]:
        """The picture as the engine takes it (1, 3, size, size), and how many pixels it had.

        Raises BadImage, its pointer set.
        """
        image = read_image(picture, limits, notify, self.stages, latest)
        with self.stages.measure("preprocess"):
            return self._pixels(image, picture.pointer), image.width * image.height

    def rewards(self, pictures: Sequence[NDArray[np.float32]], prompts: Sequence[str]) -> list[list[Reward]]:
        """A reward a prompt for each picture that was read, at least one and at most the engine's `batch_size`."""
        pixels = pictures[0] if len(pictures) == 1 else np.concatenate(pictures)
        with self.admission.inference(self.stages):
            return self.engine.rewards(pixels, prompts)

    def _pixels(self, image: Image.Image, pointer: str | None) -> NDArray[np.float32]:
        try:
            return self.engine.pixels(image)
        except BadImage as error:
            error.pointer = pointer
            raise
