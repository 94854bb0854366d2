"""A deterministic engine for the real service: colours of a small grid, and a direction for each word of a prompt."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray
from PIL import Image

from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.aesthetic.api import create_app
from functions.aesthetic.manifest import (
    AestheticManifest,
    CropPreprocessing,
    ImageTokens,
    PromptInput,
    RewardDistribution,
    RewardScale,
    Vocabulary,
)
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import Reward
from functions.aesthetic.settings import Settings
from functions.aesthetic.tie_margin import LARGEST_REWARD_CHANGE, MAX_REWARD_CHANGE
from functions.common.artifact import Artifact
from functions.common.loading import Loading
from functions.common.manifest import Figure, GraphGate, ModelIdentity, PrecisionGate
from tests.functions.calls import Answer, Call, as_base64

CONTRACT: dict[str, Any] = json.loads((REPOSITORY_ROOT / "clients" / "openapi" / "aesthetic.json").read_text())
DIGEST = hashlib.sha256(b"fake rewards").hexdigest()
SIZE, TOKENS, WIDTH, LENGTH = 8, 5, 6, 12
STD = 1.0333394966054072
MARGIN = 0.05
SPEC = CropPreprocessing(size=SIZE, mean=(0.5,) * 3, std=(0.5,) * 3)


class WordEngine:
    """Rewards between -3 and 3 that depend on every pixel of the grid and on every word that is read."""

    device = "cpu"
    batch_size = 1

    def __init__(self) -> None:
        random = np.random.default_rng(4)
        self._projection = random.standard_normal((3 * SIZE * SIZE, TOKENS * WIDTH))
        self.pictures = 0
        """How many were turned into tokens."""

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        assert image.mode == "RGB"
        return preprocess(image, SPEC)

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        self.pictures += 1
        tokens = pixels.astype(np.float64).reshape(-1) @ self._projection
        return tokens.reshape(1, TOKENS, WIDTH).astype(np.float32)

    def reward(self, tokens: NDArray[np.float32], prompt: str) -> Reward:
        words = prompt.lower().split()
        seed = int.from_bytes(hashlib.sha256(" ".join(words[: LENGTH - 2]).encode()).digest()[:8], "big")
        direction = np.random.default_rng(seed).standard_normal((TOKENS, WIDTH))
        return Reward(float(3 * np.tanh((tokens[0] * direction).sum() / 60)), len(words) > LENGTH - 2)

    def rewards(self, pixels: NDArray[np.float32], prompts: Sequence[str]) -> list[list[Reward]]:
        assert len(pixels) <= self.batch_size
        tokens = [self.image_tokens(one[np.newaxis]) for one in pixels]
        return [[self.reward(one, prompt) for prompt in prompts] for one in tokens]


class BrightnessEngine(WordEngine):
    """The reward is the mean of the pixels, in [-1, 1], whatever the prompt: candidates can be made to measure."""

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        self.pictures += 1
        return np.full((1, TOKENS, WIDTH), pixels.mean(), dtype=np.float32)

    def reward(self, tokens: NDArray[np.float32], prompt: str) -> Reward:  # noqa: ARG002
        return Reward(float(tokens[0, 0, 0]), prompt_truncated=False)


def manifest(distribution: RewardDistribution | None = None) -> AestheticManifest:
    return AestheticManifest(
        format=1,
        function="aesthetic",
        model=ModelIdentity(id="fake-rewards", revision="r1", weights_sha256="0" * 64, demo=False),
        vocabulary=Vocabulary(id="fake-words", revision=None, sha256="0" * 64),
        precision="int8",
        target="portable",
        preprocessing=SPEC,
        image_tokens=ImageTokens(count=TOKENS, width=WIDTH),
        prompt=PromptInput(length=LENGTH, width=WIDTH, vocab_size=300, pad_id=0, unk_id=3, cls_id=1, sep_id=2),
        scale=RewardScale(mean=0.0, std=STD),
        distribution=distribution,
        gate=PrecisionGate(
            label=None,
            graphs={
                "reward.onnx": GraphGate(
                    compared="64 pictures",
                    figures={MAX_REWARD_CHANGE: Figure(value=MARGIN / 2, limit=LARGEST_REWARD_CHANGE)},
                    notes={},
                    kept_fp32=(),
                    kept_share=0,
                )
            },
        ),
        files={},
        tools={},
    )


def fake_model(engine: WordEngine | None = None, distribution: RewardDistribution | None = None) -> AestheticModel:
    """A model as `open_model` returns it."""
    return AestheticModel(Artifact(Path("nowhere"), manifest(distribution), DIGEST), engine or WordEngine())


def app_of(
    settings: Settings, engine: WordEngine | None = None, distribution: RewardDistribution | None = None
) -> FastAPI:
    """The service around such a model."""
    made = fake_model(engine, distribution)
    return create_app(Loading(lambda: made).start(), settings)


def score_call(data: bytes, **fields: Any) -> Call:
    """A /score request with the picture in base64."""
    return Call("/score", json.dumps({"image_base64": as_base64(data), **fields}).encode())


def batch_call(prompt: str, candidates: Sequence[bytes | dict[str, Any]]) -> Call:
    """A /score-batch request; bytes are pictures."""
    listed = [one if isinstance(one, dict) else {"image_base64": as_base64(one)} for one in candidates]
    return Call("/score-batch", json.dumps({"prompt": prompt, "candidates": listed}).encode())


def check_contract(schema: str, document: object) -> None:
    """Raises jsonschema's ValidationError unless `document` is what the contract calls `schema`."""
    jsonschema.validate(document, {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]})


def result_of(answer: Answer) -> dict[str, Any]:
    """An answer without what every answer has, and without its time."""
    assert answer.status == 200, answer.json
    envelope = {"request_id", "model", "timing_ms", "cost", "warnings", "processing_time_ms"}
    return {key: value for key, value in answer.json.items() if key not in envelope}
