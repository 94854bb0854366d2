"""This project's reward model, opened as the service opens it: artifact verified, ONNX Runtime, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from bench.engines import Answer, Options
from bench.engines.reward_questions import PROMPTS, Questions, timed
from functions.aesthetic.model import open_model
from functions.aesthetic.reward_model import RewardModel


class RewardEngine:
    """From decoded pictures to rewards. `candidates`: all, for one prompt. `prompts`: one picture, for all prompts."""

    def __init__(self, model: RewardModel, questions: Questions) -> None:
        self._model = model
        self._questions = questions

    def run(self) -> Answer:
        """See Engine."""
        return timed(lambda: self._rewards(self._questions.first, PROMPTS[:1]))

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {"candidates": self._candidates, "prompts": self._prompts}

    def _candidates(self) -> Answer:
        pictures = self._questions.pictures
        return timed(lambda: [self._rewards(picture, PROMPTS[:1])[0] for picture in pictures])

    def _prompts(self) -> Answer:
        return timed(lambda: self._rewards(self._questions.first, PROMPTS))

    def _rewards(self, picture: Image.Image, prompts: Sequence[str]) -> list[float]:
        tokens = self._model.image_tokens(self._model.pixels(picture))
        return [self._model.reward(tokens, prompt).raw for prompt in prompts]


def open_engine(options: Options) -> RewardEngine:
    """`artifact` and `pictures`, folders; `threads`."""
    model = open_model(Path(options["artifact"]), options["threads"])
    return RewardEngine(model.engine, Questions(Path(options["pictures"])))
