"""The torch engine: pictures and prompts to rewards, on a GPU or a processor, behind the same seam as the CPU's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from functions.aesthetic.gpu.towers import RewardTower, TextSizes, VisionSizes, VisionTower
from functions.aesthetic.manifest import AestheticManifest, CropPreprocessing
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import TOKENIZER_NAME, Reward
from functions.aesthetic.tokens import PromptTokenizer, open_prompt_tokenizer
from functions.common.artifact import Artifact, ArtifactError, open_artifact, warn_of_demo
from functions.common.gpu.device import Device
from functions.common.gpu.memory import as_memory_allows
from functions.common.gpu.weights import open_tower

VISION_NAME: Final = "image_tokens.safetensors"
REWARD_NAME: Final = "reward.safetensors"


class TorchRewardModel:
    """Pictures in true batches, and so the pairs of pictures and prompts."""

    def __init__(
        self,
        vision: VisionTower,
        reward: RewardTower,
        tokenizer: PromptTokenizer,
        *,
        preprocessing: CropPreprocessing,
        device: Device,
        batch_size: int,
    ) -> None:
        self._vision = vision
        self._reward = reward
        self._tokenizer = tokenizer
        self._preprocessing = preprocessing
        self._device = device
        self.device = device.kind
        self.batch_size = batch_size

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        """See RewardModel."""
        return preprocess(image, self._preprocessing)

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See RewardModel."""
        with torch.inference_mode():
            return self._tokens(pixels).float().cpu().numpy()

    def reward(self, tokens: NDArray[np.float32], prompt: str) -> Reward:
        """See RewardModel. Raises FloatingPointError for a number that overflowed."""
        with torch.inference_mode():
            ((reward,),) = self._judged(self._on_device(tokens), [prompt])
        return reward

    def rewards(self, pixels: NDArray[np.float32], prompts: Sequence[str]) -> list[list[Reward]]:
        """See RewardModel. Raises FloatingPointError for a number that overflowed."""
        with torch.inference_mode():
            return self._judged(self._tokens(pixels), prompts)

    def _tokens(self, pixels: NDArray[np.float32]) -> Tensor:
        def encoded(rows: slice) -> Tensor:
            tokens: Tensor = self._vision(self._on_device(pixels[rows]))
            return tokens

        return as_memory_allows(encoded, 0, len(pixels))

    def _judged(self, tokens: Tensor, prompts: Sequence[str]) -> list[list[Reward]]:
        read = [self._tokenizer.encode(prompt) for prompt in prompts]
        ids, mask = (
            torch.from_numpy(np.stack(rows)).to(self._device.target)
            for rows in ([one.ids for one in read], [one.mask for one in read])
        )
        # Every picture with every prompt, the prompts of one picture side by side; no more pairs at once than pictures.
        picture, prompt = (part.flatten() for part in np.indices((len(tokens), len(prompts))))

        def rewarded(some: slice) -> Tensor:
            rewards: Tensor = self._reward(tokens[picture[some]], ids[prompt[some]], mask[prompt[some]])
            return rewards

        found: list[float] = []
        for start in range(0, len(picture), self.batch_size):
            found += as_memory_allows(rewarded, start, min(start + self.batch_size, len(picture))).tolist()
        if not np.isfinite(found).all():
            raise FloatingPointError(f"a reward overflows in {self._device.precision}")
        rewards = iter(found)
        return [[Reward(next(rewards), one.truncated) for one in read] for _ in range(len(tokens))]

    def _on_device(self, array: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(array).to(self._device.target, self._device.dtype)


def open_model(directory: Path, device: Device, *, batch_size: int, threads: int) -> AestheticModel:
    """The model of a torch artifact, every byte verified. Raises ArtifactError."""
    torch.set_num_threads(threads)
    artifact = open_artifact(AestheticManifest, directory, "torch")
    manifest = artifact.manifest
    with artifact.verified(VISION_NAME, REWARD_NAME, TOKENIZER_NAME):
        tokenizer = open_prompt_tokenizer(artifact.path(TOKENIZER_NAME), manifest.prompt)
        vision, vision_sizes = open_tower(artifact.path(VISION_NAME), VisionSizes, VisionTower, device)
        reward, text_sizes = open_tower(artifact.path(REWARD_NAME), TextSizes, RewardTower, device)
    _check_sizes(artifact, vision_sizes, text_sizes)
    warn_of_demo(artifact)
    engine = TorchRewardModel(
        vision, reward, tokenizer, preprocessing=manifest.preprocessing, device=device, batch_size=batch_size
    )
    if device.kind == "cuda":
        # Kernels are loaded and memory is taken by the first batch, which is then no caller's.
        size = manifest.preprocessing.size
        engine.rewards(np.zeros((batch_size, 3, size, size), np.float32), [""])
    return AestheticModel(artifact, engine, device.runtime(threads))


def _check_sizes(artifact: Artifact[AestheticManifest], vision: VisionSizes, text: TextSizes) -> None:
    manifest = artifact.manifest
    tokens, prompt = manifest.image_tokens, manifest.prompt
    side = manifest.preprocessing.size // vision.patch
    found = (vision.tokens, vision.width, side * side + 1, text.image_width, text.length, text.width, text.vocabulary)
    wanted = (tokens.count, tokens.width, tokens.count, tokens.width, prompt.length, prompt.width, prompt.vocab_size)
    if found != wanted:
        raise ArtifactError(f"{artifact.directory}: the towers' sizes are not what the manifest says")
