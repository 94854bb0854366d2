"""How far each trap moves the rewards that the official package gave: `python -m models.aesthetic.trap_report`."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from functions.aesthetic.manifest import CropPreprocessing
from functions.aesthetic.preprocessing import preprocess
from models import progress
from models.aesthetic import generated
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD, PROMPT_LENGTH, Sizes, published_shapes
from models.aesthetic.reference.prompts import GOLDEN, PICTURES
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.traps import TRAPS, Trap
from models.aesthetic.weights import assemble
from models.options import Parser

_SHAPES: Final = ("astronaut.jpg", "cup_wide.jpg", "rocket_tall.jpg")
"""Pictures that tell as much as all of them: nearly square, wide and tall."""
Preprocess: TypeAlias = Callable[[Image.Image, CropPreprocessing], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Question:
    """A picture and a prompt as the official package's tokenizer read it: ids and mask (1, length)."""

    picture: str
    ids: Tensor
    mask: Tensor


def golden_questions() -> list[Question]:
    """What the official package was asked."""
    known = {entry["text"]: entry["ids"] for entry in json.loads((GOLDEN / "tokens.json").read_text())["texts"]}
    found = []
    for entry in json.loads((GOLDEN / "rewards.json").read_text())["scored"]:
        read = [int(number) for number in known[entry["prompt"]].split()]
        ids = torch.tensor([read + [0] * (PROMPT_LENGTH - len(read))])
        found.append(Question(entry["picture"], ids, (torch.arange(PROMPT_LENGTH) < len(read)).long()[None]))
    return found


class Examiner:
    """Rewards of one model to fixed questions, right and in every wrong way."""

    def __init__(
        self,
        model: RewardModel,
        questions: Sequence[Question],
        pictures: Mapping[str, Image.Image],
        spec: CropPreprocessing,
    ) -> None:
        self._model = model
        self._questions = questions
        self._pictures = pictures
        self._spec = spec
        self._tokens = self._look(model, preprocess)
        self._rewards = self._ask(model, self._tokens, None)

    def shift(self, trap: Trap) -> float:
        """How far the wrong value moves a reward, at most."""
        model, tokens = self._model, self._tokens
        if trap.model:
            model = copy.deepcopy(model)
            trap.model(model)
        if trap.picture or (trap.model and trap.sees_pictures):
            tokens = self._look(model, trap.picture or preprocess)
        return float(np.abs(self._ask(model, tokens, trap) - self._rewards).max())

    def _look(self, model: RewardModel, pixels: Preprocess) -> dict[str, Tensor]:
        with torch.inference_mode():
            return {
                name: model.image_tokens(torch.from_numpy(pixels(image, self._spec)))
                for name, image in self._pictures.items()
            }

    def _ask(self, model: RewardModel, tokens: dict[str, Tensor], trap: Trap | None) -> NDArray[np.float64]:
        text: Any = self._model.text
        rewards = []
        with torch.inference_mode():
            for question in self._questions:
                ids, mask = question.ids, question.mask
                if trap and trap.prompt:
                    ids, mask = trap.prompt(ids, mask, text.config.vocab_size)
                rewards.append(model(tokens[question.picture], ids, mask).item())
        return np.array(rewards)


def main() -> None:
    """Print the table, of the generated checkpoint at full size."""
    description = "Print how far each trap moves the rewards that the official package gave."
    Parser(prog="python -m models.aesthetic.trap_report", description=description).parse_args()
    weights = {name: torch.from_numpy(generated.generate(name, shape)) for name, shape in published_shapes().items()}
    spec = CropPreprocessing(size=Sizes().vision.image, mean=PIXEL_MEAN, std=PIXEL_STD)
    questions = [question for question in golden_questions() if question.picture in _SHAPES]
    pictures = {name: Image.open(PICTURES / name) for name in dict.fromkeys(one.picture for one in questions)}
    examiner = Examiner(assemble(Sizes(), weights), questions, pictures, spec)
    shifts = {trap.name: examiner.shift(trap) for trap in progress.each("measure traps", TRAPS, "trap", shown=True)}
    lines = ["| wrong | a reward moves by up to |", "|---|--:|"]
    lines += [f"| {name} | {shifts[name]:.2g} |" for name in sorted(shifts, key=lambda name: -shifts[name])]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
