"""The official image-reward package, unmodified, in the environment it was released for."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from bench.engines import Answer, Options
from bench.engines.reward_questions import PROMPTS, Questions, timed


class OfficialEngine:
    """Its own functions for each question; it has none for several prompts, so those are asked one by one."""

    def __init__(self, model: Any, questions: Questions) -> None:
        self._model = model
        self._questions = questions

    @torch.no_grad()
    def run(self) -> Answer:
        """See Engine."""
        return timed(lambda: [self._model.score(PROMPTS[0], self._questions.first)])

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {"candidates": self._candidates, "prompts": self._prompts, "versions": _versions}

    @torch.no_grad()
    def _candidates(self) -> Answer:
        pictures = list(self._questions.pictures)
        return timed(lambda: self._model.inference_rank(PROMPTS[0], pictures)[1])

    @torch.no_grad()
    def _prompts(self) -> Answer:
        return timed(lambda: [self._model.score(prompt, self._questions.first) for prompt in PROMPTS])


def _versions() -> Answer:
    return {"python": platform.python_version()} | {name: version(name) for name in ("torch", "transformers", "timm")}


def open_engine(options: Options) -> OfficialEngine:
    """`weights` and `text_config`, files; `home`, a folder with `bert-base-uncased`; `pictures`; `threads`."""
    import ImageReward  # type: ignore[import-not-found]  # noqa: PLC0415 - only the reference environment has it

    torch.set_num_threads(options["threads"])
    before = Path.cwd()
    # The package asks for 'bert-base-uncased', which may as well be a folder.
    os.chdir(options["home"])
    try:
        model = ImageReward.load(options["weights"], device="cpu", med_config=options["text_config"])
    finally:
        os.chdir(before)
    return OfficialEngine(model, Questions(Path(options["pictures"])))
