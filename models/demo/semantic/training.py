"""Trains the demo SigLIP from scratch: first the image tower on the drawn truth, then both towers on texts."""

import copy
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tqdm import tqdm
from transformers import SiglipModel

from models.demo.semantic.architecture import PATCH, encode
from models.demo.semantic.gradients import SharedGradients, run_workers
from models.demo.semantic.local_labels import patch_labels
from models.demo.semantic.losses import Labeller, sigmoid_loss
from models.demo.semantic.pictures import PIXELS, SIDE, Drawn, augment
from models.demo.semantic.texts import TextSampler


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to train, and on what. `batch`, `ensembles`, `plain` and `captions` are for one worker's step."""

    seed: int = 20261120
    pictures: int = 14_000
    image_steps: int = 1_800
    text_steps: int = 1_000
    batch: int = 64
    ensembles: int = 11
    plain: int = 9
    captions: int = 6
    learning_rate: float = 6e-3
    weight_decay: float = 0.1
    warmup_steps: int = 50
    validation: int = 400
    workers: int = 2

    @property
    def steps(self) -> int:
        """Steps in total."""
        return self.image_steps + self.text_steps


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from: the folder of the drawn pictures, what is known of them, and the texts."""

    cache: Path
    drawn: Drawn
    sampler: TextSampler
    tokenizer: str
    """The tokenizer as JSON, since that can be handed to another process."""


def train(plan: Plan, model: SiglipModel, material: Material) -> None:
    """Train `model` in place.

    Workers of one thread each share a step and average their gradients. On a machine with other work, that is much
    faster than two threads in each matrix product, which keep waiting for each other.
    """
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch, "model.pt")
        size = sum(p.numel() for p in (*model.parameters(), *Labeller(model).parameters()))
        run_workers(_work, plan.workers, (plan, model, material, result), size)
        model.load_state_dict(torch.load(result, weights_only=True))
    model.train(mode=False)


def _work(shared: SharedGradients, plan: Plan, model: SiglipModel, material: Material, result: Path) -> None:
    torch.set_num_threads(1)
    # Tensors reach a worker in shared memory: on the same weights, the workers' updates would race and add up.
    model = copy.deepcopy(model)
    tokenizer, drawn = Tokenizer.from_str(material.tokenizer), material.drawn
    pixels = np.load(material.cache / PIXELS, mmap_mode="r")
    order_rng = np.random.Generator(np.random.PCG64([plan.seed, 3]))
    rng = np.random.Generator(np.random.PCG64([plan.seed, 4, shared.rank]))
    torch.manual_seed(plan.seed)
    labeller = Labeller(model)
    parameters = [*model.parameters(), *labeller.parameters()]
    optimizers = _optimizers(plan, model, labeller)
    groups = [(group, group["lr"]) for optimizer in optimizers for group in optimizer.param_groups]
    order = np.empty(0, np.int64)
    smoothed = np.zeros(3)
    model.train()
    with tqdm(total=plan.steps, desc="train", unit="step", disable=shared.rank > 0) as bar:
        for step in range(plan.steps):
            for group, highest in groups:
                group["lr"] = highest * _schedule(step, plan)
            if len(order) < plan.batch * plan.workers:
                order = np.concatenate([order, order_rng.permutation(len(pixels))])
            mine = np.sort(order[shared.rank * plan.batch :][: plan.batch])
            order = order[plan.batch * plan.workers :]
            shown = augment(pixels[mine], drawn.boxes[mine], rng)
            held = torch.from_numpy(drawn.truth[mine].astype(np.float32))
            output = model.vision_model(pixel_values=torch.from_numpy(shown.pixels))
            local = patch_labels(shown.boxes, drawn.people[mine], SIDE // PATCH)
            whole, patches = labeller.losses(output.pooler_output, output.last_hidden_state, held, local)
            loss, text = whole + 0.5 * patches, torch.zeros(())
            if step >= plan.image_steps:
                batch = material.sampler.sample(
                    drawn.truth[mine], rng, ensembles=plan.ensembles, plain=plan.plain, captions=plan.captions
                )
                words = model.text_model(input_ids=encode(tokenizer, batch.texts)).pooler_output
                text = sigmoid_loss(model, output.pooler_output, words, batch, held)
                loss = loss + 2 * text
            torch.autograd.backward(loss)
            reached = [parameter for parameter in parameters if parameter.grad is not None]
            shared.average(reached)
            torch.nn.utils.clip_grad_norm_(reached, 1.0)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            now = np.array([whole.item(), patches.item(), text.item()])
            smoothed = now if step in (0, plan.image_steps) else 0.95 * smoothed + 0.05 * now
            bar.set_postfix_str("whole {:.3f} patches {:.3f} texts {:.3f}".format(*smoothed), refresh=False)
            bar.update()
    if shared.rank == 0:
        torch.save(model.state_dict(), result)


def _optimizers(plan: Plan, model: SiglipModel, labeller: Labeller) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the towers' matrices, which takes about half the steps AdamW takes there; AdamW for the rest."""
    matrices, calibration, others = [], [], list(labeller.parameters())
    for name, parameter in model.named_parameters():
        if name.startswith("logit_"):
            calibration.append(parameter)
        elif parameter.ndim == 2 and "embedding" not in name:
            matrices.append(parameter)
        else:
            others.append(parameter)
    muon = torch.optim.Muon(
        matrices, lr=plan.learning_rate, weight_decay=plan.weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    adam = torch.optim.AdamW(
        [
            {"params": others, "lr": plan.learning_rate},
            {"params": calibration, "lr": plan.learning_rate * 10},
        ],
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    return muon, adam


def _schedule(step: int, plan: Plan) -> float:
    """Up to 1, held while the image tower learns alone, then down a cosine."""
    if step < plan.warmup_steps:
        return (step + 1) / plan.warmup_steps
    done = max(0.0, (step - plan.image_steps) / max(1, plan.text_steps))
    return 0.5 * (1 + math.cos(math.pi * done)) + 0.005
