"""ImageReward on transformers' BLIP in torch eager, several pictures or prompts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.engines import Answer, Options
from bench.engines.reward_questions import PROMPTS, Questions, timed
from functions.aesthetic.manifest import AestheticManifest, read_manifest
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import TOKENIZER_NAME
from functions.aesthetic.tokens import PromptTokenizer, open_prompt_tokenizer
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.weights import map_reward_model


class TorchRewardEngine:
    """In fp32 or bf16. Preprocessing and tokenizer are those of the artifact, so nothing but the model differs."""

    def __init__(
        self,
        model: RewardModel,
        manifest: AestheticManifest,
        tokenizer: PromptTokenizer,
        questions: Questions,
        dtype: torch.dtype,
    ) -> None:
        self._model = model
        self._preprocessing = manifest.preprocessing
        self._tokenizer = tokenizer
        self._questions = questions
        self._dtype = dtype

    def run(self) -> Answer:
        """See Engine."""
        return timed(lambda: self._rewards([self._questions.first], PROMPTS[:1]))

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {"candidates": self._candidates, "prompts": self._prompts}

    def _candidates(self) -> Answer:
        pictures = self._questions.pictures
        return timed(lambda: self._rewards(pictures, PROMPTS[:1]))

    def _prompts(self) -> Answer:
        return timed(lambda: self._rewards([self._questions.first], PROMPTS))

    @torch.inference_mode()
    def _rewards(self, pictures: Sequence[Image.Image], prompts: Sequence[str]) -> list[float]:
        """Of several pictures for one prompt, or of one picture for several."""
        count = max(len(pictures), len(prompts))
        pixels = np.concatenate([preprocess(picture, self._preprocessing) for picture in pictures])
        tokens = self._model.image_tokens(torch.from_numpy(pixels).to(self._dtype))
        read = [self._tokenizer.encode(prompt) for prompt in prompts]
        ids = torch.from_numpy(np.stack([one.ids for one in read])).expand(count, -1)
        mask = torch.from_numpy(np.stack([one.mask for one in read])).expand(count, -1)
        rewards: list[float] = self._model(tokens.expand(count, -1, -1), ids, mask).float().tolist()
        return rewards


def open_engine(options: Options) -> TorchRewardEngine:
    """`checkpoint`, `artifact` and `pictures`, folders; `dtype`: `float32` or `bfloat16`; `threads`."""
    torch.set_num_threads(options["threads"])
    dtype = getattr(torch, options["dtype"])
    artifact = Path(options["artifact"])
    manifest, _ = read_manifest(artifact)
    tokenizer = open_prompt_tokenizer(artifact / TOKENIZER_NAME, manifest.prompt)
    model = map_reward_model(Path(options["checkpoint"])).to(dtype)
    return TorchRewardEngine(model, manifest, tokenizer, Questions(Path(options["pictures"])), dtype)
