"""A picture to its image tokens, and those with a prompt to a reward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from functions.aesthetic.manifest import CropPreprocessing
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.tokens import PromptTokenizer

IMAGE_GRAPH_NAME: Final = "image_tokens.onnx"
IMAGE_WEIGHTS_NAME: Final = "image_tokens.onnx.data"
REWARD_GRAPH_NAME: Final = "reward.onnx"
REWARD_WEIGHTS_NAME: Final = "reward.onnx.data"
TABLE_NAME: Final = "token_table.npy"
TOKENIZER_NAME: Final = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class Reward:
    """How much people would like the picture for the prompt: mean 0 and deviation 1 over the training pictures."""

    raw: float
    prompt_truncated: bool
    """The model did not read the end of the prompt."""


class RewardModel(Protocol):
    """The seam between the service and an engine: the service asks for pixels and rewards, of which tokens and reward
    are the stages.
    """

    device: str
    batch_size: int
    """Most pictures that are judged at once: 1 where the ones beside it would change a picture's reward."""

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        """An upright RGB picture to pixels (1, 3, size, size). Raises ImageTooNarrow."""

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels to image tokens (1, count, width), good for any number of prompts."""

    def reward(self, tokens: NDArray[np.float32], prompt: str) -> Reward:
        """The reward of the picture with these image tokens for one prompt."""

    def rewards(self, pixels: NDArray[np.float32], prompts: Sequence[str]) -> list[list[Reward]]:
        """Pixels (batch, 3, size, size), batch at most `batch_size`: a reward a prompt, for each picture."""


def run_image_graph(session: onnxruntime.InferenceSession, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first stage on the CPU: pixels (1, 3, size, size) to image tokens (1, count, width)."""
    (tokens,) = session.run(["tokens"], {"pixels": pixels})
    return np.asarray(tokens, dtype=np.float32)


class RewardGraph:
    """The second stage on the CPU: prompt and image tokens to a reward, one of each at a time."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: PromptTokenizer,
        table: NDArray[np.float32],  # (vocab_size, width)
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._table = table

    def run(self, tokens: NDArray[np.float32], prompt: str) -> Reward:
        """The reward of the picture with these image tokens (1, count, width) for one prompt."""
        read = self._tokenizer.encode(prompt)
        words = np.asarray(self._table[read.ids], dtype=np.float32)[None]  # (1, length, width)
        mask = read.mask.astype(np.float32)[None]  # (1, length)
        (reward,) = self._session.run(["reward"], {"words": words, "mask": mask, "tokens": tokens})
        return Reward(float(np.asarray(reward)[0]), read.truncated)


class OnnxRewardModel:
    """The CPU engine. One picture and one prompt at a time: dynamic quantisation shares a scale across a batch."""

    device = "cpu"
    batch_size = 1

    def __init__(
        self, session: onnxruntime.InferenceSession, reward: RewardGraph, preprocessing: CropPreprocessing
    ) -> None:
        self._session = session
        self._reward = reward
        self._preprocessing = preprocessing

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        """See RewardModel."""
        return preprocess(image, self._preprocessing)

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See RewardModel."""
        return run_image_graph(self._session, pixels)

    def reward(self, tokens: NDArray[np.float32], prompt: str) -> Reward:
        """See RewardModel."""
        return self._reward.run(tokens, prompt)

    def rewards(self, pixels: NDArray[np.float32], prompts: Sequence[str]) -> list[list[Reward]]:
        """See RewardModel."""
        tokens = self.image_tokens(pixels)
        return [[self.reward(tokens, prompt) for prompt in prompts]]
