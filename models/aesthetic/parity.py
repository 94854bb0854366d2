"""Do the fp32 graphs answer what torch answers? Compared on some pictures and prompts, after every export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from functions.aesthetic.manifest import AestheticManifest
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import TOKENIZER_NAME, run_image_graph
from functions.aesthetic.tokens import PromptTokenizer, open_prompt_tokenizer
from functions.common.artifact import open_session
from models import pictures, progress
from models.aesthetic.comparison import RewardStage, pairs
from models.aesthetic.reward_model import RewardModel
from models.errors import ParityError

FP32_LIMIT = 1e-4
"""For a component of the image tokens, which have about the deviation 1, and for a reward."""
_PICTURES = 4


@dataclass(frozen=True, slots=True)
class Answers:
    """What an engine answers to some pictures, each with its prompts."""

    tokens: NDArray[np.float32]  # (pictures, count, width)
    rewards: NDArray[np.float32]  # (pictures, prompts)


@dataclass(frozen=True, slots=True)
class Parity:
    """The fp32 graphs against torch."""

    compared: str
    max_token_change: float
    max_reward_change: float
    reward_spread: float
    """Largest minus smallest reward: what a change is to be measured by."""

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)


def questions(manifest: AestheticManifest) -> tuple[list[NDArray[np.float32]], list[list[str]]]:
    """Some pictures of the set, preprocessed (1, 3, size, size) each, and the prompts each is asked about."""
    known = pictures.load()
    places = range(0, len(known.pictures), -(-len(known.pictures) // _PICTURES))
    pixels = [preprocess(known.pictures[place].decode(), manifest.preprocessing) for place in places]
    return pixels, [[pair.prompt for pair in pairs(known)[place]] for place in places]


def run_torch(
    model: RewardModel,
    tokenizer: PromptTokenizer,
    pixels: Sequence[NDArray[np.float32]],  # (1, 3, size, size) each
    prompts: Sequence[Sequence[str]],
    *,
    shown: bool = False,
) -> Answers:
    """The checkpoint's own answers."""
    tokens, rewards = [], []
    asked = list(zip(pixels, prompts, strict=True))
    with torch.inference_mode():
        for picture, of_picture in progress.each("run torch", asked, "picture", shown=shown):
            seen = model.image_tokens(torch.from_numpy(picture))
            read = [tokenizer.encode(prompt) for prompt in of_picture]
            ids = torch.from_numpy(np.stack([one.ids for one in read]))
            mask = torch.from_numpy(np.stack([one.mask for one in read]))
            rewards.append(model(seen.expand(len(read), -1, -1), ids, mask).numpy())
            tokens.append(seen[0].numpy())
    return Answers(np.stack(tokens), np.stack(rewards))


def run_graphs(
    image: Path,
    reward: Path,
    stage: RewardStage,
    pixels: Sequence[NDArray[np.float32]],
    prompts: Sequence[Sequence[str]],
    *,
    shown: bool = False,
) -> Answers:
    """The answers of the graphs, by the run-time's own code."""
    threads = len(os.sched_getaffinity(0))
    first, second = open_session(image, threads), stage.around(open_session(reward, threads))
    tokens, rewards = [], []
    for picture, of_picture in progress.each(
        "run graphs", list(zip(pixels, prompts, strict=True)), "picture", shown=shown
    ):
        seen = run_image_graph(first, picture)
        rewards.append(np.array([second.run(seen, prompt).raw for prompt in of_picture], np.float32))
        tokens.append(seen[0])
    return Answers(np.stack(tokens), np.stack(rewards))


def compare_graphs(
    model: RewardModel, image: Path, reward: Path, manifest: AestheticManifest, directory: Path, *, shown: bool = False
) -> Parity:
    """The fp32 graphs with the token table and tokenizer in `directory` against the checkpoint. Raises ParityError."""
    pixels, prompts = questions(manifest)
    tokenizer = open_prompt_tokenizer(directory / TOKENIZER_NAME, manifest.prompt)
    return compare(
        run_torch(model, tokenizer, pixels, prompts, shown=shown),
        run_graphs(image, reward, RewardStage(directory, manifest), pixels, prompts, shown=shown),
    )


def compare(torch_answers: Answers, graph_answers: Answers) -> Parity:
    """How far the graphs are from torch. Raises ParityError beyond FP32_LIMIT."""
    rewards = torch_answers.rewards.astype(np.float64)
    found = Parity(
        compared=f"{rewards.shape[0]} pictures, {rewards.size} rewards",
        max_token_change=float(np.abs(torch_answers.tokens - graph_answers.tokens).max()),
        max_reward_change=float(np.abs(rewards - graph_answers.rewards).max()),
        reward_spread=float(np.ptp(rewards)),
    )
    largest = max(found.max_token_change, found.max_reward_change)
    if not largest <= FP32_LIMIT:  # also refuses NaN
        raise ParityError(f"the fp32 graphs differ from torch by {largest:.2g}; the limit is {FP32_LIMIT:g}")
    return found
