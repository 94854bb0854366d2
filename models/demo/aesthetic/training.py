"""Trains the demo ImageReward from scratch: first the image encoder on the drawn truth, then all on preferences."""

import copy
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from models.demo.aesthetic.labels import Learner
from models.demo.aesthetic.optimizers import optimizers
from models.demo.aesthetic.plan import Task
from models.demo.aesthetic.steps import SHOWN, Steps
from models.demo.semantic.gradients import SharedGradients, run_workers


def train(task: Task, learner: Learner) -> None:
    """Take `learner` through one stage, in place, in as many processes of one thread as the plan has workers, which
    average their gradients. A stage starts from the weights alone, with optimisers of its own.
    """
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch, "trained.pt")
        size = sum(parameter.numel() for parameter in learner.parameters())
        run_workers(_work, task.plan.workers, (task, learner, result), size)
        learner.load_state_dict(torch.load(result, weights_only=True))
    learner.train(mode=False)


def _work(shared: SharedGradients, task: Task, learner: Learner, result: Path) -> None:
    torch.set_num_threads(1)
    # Tensors reach a worker in shared memory: on the same weights, the workers' updates would race and add up.
    learner = copy.deepcopy(learner)
    count, shown = task.plan.steps_of(task.stage), SHOWN[task.stage]
    parameters = list(learner.parameters())
    updates, schedule = optimizers(task.plan, learner, task.stage)
    steps = Steps(task, learner, shared.rank)
    smoothed: NDArray[np.float64] = np.zeros(len(shown))
    kept_back = ""
    learner.train()
    with tqdm(total=count, desc=task.stage, unit="step", disable=shared.rank > 0) as bar:
        for step in range(count):
            for group in (group for update in updates for group in update.param_groups):
                group["lr"] = group["highest"] * schedule(step)
            loss, figures = steps.next()
            torch.autograd.backward(loss)
            reached = [parameter for parameter in parameters if parameter.grad is not None]
            shared.average(reached)
            torch.nn.utils.clip_grad_norm_(reached, 1.0)
            for update in updates:
                update.step()
                update.zero_grad(set_to_none=True)
            smoothed = 0.95 * smoothed + 0.05 * np.array(figures) if step else np.array(figures)
            if shared.rank == 0 and (step + 1) % task.plan.check_every == 0:
                kept_back = " | kept back: " + steps.check()
            said = " ".join(f"{name} {value:.3f}" for name, value in zip(shown, smoothed.tolist(), strict=True))
            bar.set_postfix_str(said + kept_back, refresh=False)
            bar.update()
    if shared.rank == 0:
        torch.save(learner.state_dict(), result)
