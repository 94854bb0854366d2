"""Which of two questions of a step must get the higher reward, and the loss for rewards that disagree."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.demo.aesthetic.batches import PROMPTS_EACH, TOGETHER, Questions

AGREEMENT: Final = 0.9
"""How probable it is that the better one is preferred. Certainty would let rewards grow without end."""

Kind = Literal["picture", "prompt", "quality"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """Questions, as places in the flattened (pictures, questions), of which the first's reward must be higher."""

    better: NDArray[np.int64]
    worse: NDArray[np.int64]
    weight: NDArray[np.float32]


def preferences(questions: Questions) -> dict[Kind, Preferences]:
    """What must be preferred to what.

    `picture`: one prompt and two unspoilt pictures, one of which lacks fewer of what it says. `quality`: one prompt, a
    picture and the same picture spoilt. `prompt`: one picture and two prompts, one of which is true. Of the last, only
    prompts are compared each of which wins at some picture, and both ways weigh the same: their words alone tell
    nothing.
    """
    pictures, each = questions.asked.shape
    rows = np.arange(pictures)
    clean = ~questions.flawed
    alike = questions.asked[:, None, 0] == questions.asked[:, 0]
    fewer = questions.unmet[:, None] < questions.unmet  # (pictures, pictures, questions)
    picture = fewer & (alike & clean[:, None] & clean)[..., None]
    spoilt = clean[:, None] & questions.flawed & (rows[:, None] == questions.original)
    one, other, question = np.nonzero(picture)
    fine, flawed = np.nonzero(spoilt)
    met = questions.unmet == 0
    wins = met[:, :, None] & ~met[:, None]  # (pictures, questions, questions)
    count = wins.reshape(-1, 3 * TOGETHER, each, each).sum(axis=1).repeat(3 * TOGETHER, axis=0)
    asked, true, false = np.nonzero(wins & (count.swapaxes(1, 2) > 0))
    return {
        "picture": _alike(one * each + question, other * each + question),
        "prompt": Preferences(
            asked * each + true, asked * each + false, (1 / count[asked, true, false]).astype(np.float32)
        ),
        "quality": _alike(*((places[:, None] * each + np.arange(each)).ravel() for places in (fine, flawed))),
    }


def _alike(better: NDArray[np.int64], worse: NDArray[np.int64]) -> Preferences:
    return Preferences(better, worse, np.ones(len(better), np.float32))


def near(questions: Questions) -> dict[Kind, Preferences]:
    """Those that held-out comparisons are like: of a near pair's own pictures and prompts, and on unspoilt pictures."""
    each = questions.asked.shape[1]

    def own(places: NDArray[np.int64]) -> NDArray[np.bool_]:
        picture, question = np.divmod(places, each)
        pair = picture // 3
        return np.asarray((question // PROMPTS_EACH == pair % TOGETHER) & ~questions.flawed[picture])

    found = preferences(questions)
    for kind in ("picture", "prompt"):
        one = found[kind]
        kept = own(one.better) & own(one.worse)
        found[kind] = Preferences(one.better[kept], one.worse[kept], one.weight[kept])
    return found


def preference_loss(scores: Tensor, questions: Questions) -> Tensor:
    """Bradley and Terry's loss, -log sigmoid(better - worse), smoothed: its means for each kind, added up.

    `scores` (pictures, questions) are outputs of the head, whose differences are the published deviation times the
    rewards'.
    """
    flat, total = scores.flatten(), torch.zeros(())
    for one in preferences(questions).values():
        margins = flat[torch.from_numpy(one.better)] - flat[torch.from_numpy(one.worse)]
        weight, wanted = torch.from_numpy(one.weight), torch.full_like(margins, AGREEMENT)
        summed = functional.binary_cross_entropy_with_logits(margins, wanted, weight, reduction="sum")
        total = total + summed / weight.sum().clamp(min=1)
    return total


def ordered_right(scores: NDArray[np.float32], found: dict[Kind, Preferences]) -> dict[Kind, float]:
    """The share of each kind that `scores` (pictures, questions) order right; NaN where there is none."""
    flat = scores.ravel()
    return {
        kind: float((flat[one.better] > flat[one.worse]).mean()) if len(one.better) else float("nan")
        for kind, one in found.items()
    }
