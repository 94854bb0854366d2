"""Rewards of pictures for prompts, by a checkpoint in torch or by an exported artifact."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from functions.aesthetic.model import open_model
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.tokens import open_prompt_tokenizer
from models.aesthetic.checkpoint import open_checkpoint
from models.aesthetic.tokenization import describe_prompt, write_tokenizer
from models.aesthetic.weights import load_reward_model
from models.demo.aesthetic.pictures import SPEC

Judge = Callable[[Image.Image, Sequence[str]], list[float]]
"""From a picture and prompts to a reward for each prompt."""


def torch_judge(directory: Path) -> Judge:
    """The judge of a checkpoint folder, run with torch in fp32."""
    checkpoint = open_checkpoint(directory)
    model = load_reward_model(checkpoint)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "tokenizer.json")
        write_tokenizer(checkpoint, path)
        tokenizer = open_prompt_tokenizer(path, describe_prompt(checkpoint))

    def judge(image: Image.Image, prompts: Sequence[str]) -> list[float]:
        read = [tokenizer.encode(prompt) for prompt in prompts]
        ids, mask = (torch.from_numpy(np.stack(rows)) for rows in zip(*((r.ids, r.mask) for r in read), strict=True))
        with torch.inference_mode():
            tokens = model.image_tokens(torch.from_numpy(preprocess(image, SPEC)))
            rewards: list[float] = model(tokens.expand(len(read), -1, -1), ids, mask).tolist()
        return rewards

    return judge


def artifact_judge(directory: Path, threads: int = 2) -> Judge:
    """The judge of an exported artifact: what the service runs."""
    engine = open_model(directory, threads).engine

    def judge(image: Image.Image, prompts: Sequence[str]) -> list[float]:
        tokens = engine.image_tokens(engine.pixels(image))
        return [engine.reward(tokens, prompt).raw for prompt in prompts]

    return judge
