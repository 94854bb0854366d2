"""The optimisers of the weights, and their learning rate at each step."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from models.demo.aesthetic.labels import Learner
from models.demo.aesthetic.plan import Plan, Stage

Schedule = Callable[[int], float]


def optimizers(plan: Plan, learner: Learner, stage: Stage) -> tuple[tuple[torch.optim.Optimizer, ...], Schedule]:
    """Muon for the encoders' matrices, which takes about half the steps AdamW takes there; AdamW for the rest.

    A step's rate is its group's `highest` times what the schedule says.
    """
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = list(learner.labeller.parameters())
    for name, parameter in learner.model.named_parameters():
        if not name.startswith("head."):
            (matrices if parameter.ndim == 2 and "embedding" not in name else others).append(parameter)
    muon = torch.optim.Muon(
        [_group(matrices, plan.learning_rate)], weight_decay=plan.weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    adam = torch.optim.AdamW(
        [_group(others, plan.learning_rate), _group(list(learner.model.head.parameters()), plan.head_rate)],
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    return (muon, adam), partial(_rising if stage == "pictures" else _falling, plan)


def _group(parameters: list[torch.nn.Parameter], rate: float) -> dict[str, Any]:
    return {"params": parameters, "lr": rate, "highest": rate}


def _rising(plan: Plan, step: int) -> float:
    """Up to 1, and held."""
    return min(1.0, (step + 1) / plan.warmup_steps)


def _falling(plan: Plan, step: int) -> float:
    """Up to 1, and down a cosine."""
    done = step / max(1, plan.text_steps)
    return min(1.0, (step + 1) / plan.text_warmup_steps) * (0.5 * (1 + math.cos(math.pi * done)) + 0.005)
