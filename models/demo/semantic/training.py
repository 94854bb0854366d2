"""Trains the demo SigLIP from scratch: the sigmoid loss over every picture and text of a step, with the full truth."""

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from tqdm import tqdm
from transformers import SiglipModel

from models.demo.semantic.architecture import PATCH, encode
from models.demo.semantic.gradients import SharedGradients, run_workers
from models.demo.semantic.pictures import SIDE, augment
from models.demo.semantic.texts import TextBatch, TextSampler
from models.demo.world.scene import COVERED

NEUTRAL_TARGET = 0.25
"""Where neutral texts are trained to sit: between what a present and what an absent attribute reads."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and on what to train. `batch`, `ensembles`, `plain` and `captions` are of one worker.

    For the first `partial` of the steps, the image tower is shown only `tokens` of a picture's patches.
    """

    seed: int = 20261120
    pictures: int = 16_000
    steps: int = 1_300
    batch: int = 48
    ensembles: int = 12
    plain: int = 10
    captions: int = 6
    learning_rate: float = 3e-3
    weight_decay: float = 0.1
    warmup_steps: int = 40
    tokens: int = 40
    partial: float = 0.6
    validation: int = 400
    workers: int = 2


def sigmoid_losses(
    model: SiglipModel, images: torch.Tensor, words: torch.Tensor, batch: TextBatch, held: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The sigmoid loss of each text against each picture, and of each filter's mean over the styles' templates.

    The second is what the detector scores with: the normalised mean of normalised embeddings. `images` (pictures,
    embedding), `words` (texts, embedding), `held` (pictures, filters).
    """
    scale, bias = model.logit_scale.exp(), model.logit_bias
    images, words = functional.normalize(images, dim=-1), functional.normalize(words, dim=-1)
    asserted = torch.from_numpy(batch.asserted.astype(np.float32))  # (texts, filters)
    target = (held @ asserted.T >= asserted.sum(1) - 0.5).float()  # (pictures, texts): all that is asserted holds
    target[:, torch.from_numpy(batch.neutral)] = NEUTRAL_TARGET
    single = functional.binary_cross_entropy_with_logits(scale * images @ words.T + bias, target)
    means = torch.stack([words[list(group.rows)].mean(0) for group in batch.ensembles])
    wanted = torch.full((len(held), len(means)), NEUTRAL_TARGET)
    for column, group in enumerate(batch.ensembles):
        if group.filter is not None:
            wanted[:, column] = held[:, COVERED.index(group.filter)]
    logits = scale * images @ functional.normalize(means, dim=-1).T + bias
    return single, functional.binary_cross_entropy_with_logits(logits, wanted)


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from: the folder of the drawn pictures, their labels (pictures, filters), and the texts."""

    cache: Path
    truth: NDArray[np.bool_]
    sampler: TextSampler
    tokenizer: str
    """The tokenizer as JSON, since that can be handed to another process."""


def train(plan: Plan, model: SiglipModel, material: Material) -> None:
    """Train `model` in place.

    Workers of one thread each share a step and average their gradients: on a machine that is doing anything else, two
    threads in every matrix product wait for each other far longer.
    """
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch, "model.pt")
        run_workers(_work, plan.workers, (plan, model, material, result), _parameters(model))
        model.load_state_dict(torch.load(result, weights_only=True))
    model.train(mode=False)


def _labeller(model: SiglipModel) -> torch.nn.Linear:
    """Reads every filter off the pooled embedding, so that the image tower learns at once from the whole truth.

    The text tower has no language yet by then. It is not part of the checkpoint.
    """
    config: Any = model.config.vision_config
    return torch.nn.Linear(config.hidden_size, len(COVERED))


def _parameters(model: SiglipModel) -> int:
    return sum(p.numel() for p in (*model.parameters(), *_labeller(model).parameters()))


def _work(shared: SharedGradients, plan: Plan, model: SiglipModel, material: Material, result: Path) -> None:
    torch.set_num_threads(1)
    tokenizer, truth = Tokenizer.from_str(material.tokenizer), material.truth
    pixels = np.load(material.cache / "pixels.npy", mmap_mode="r")
    order_rng = np.random.Generator(np.random.PCG64([plan.seed, 3]))
    rng = np.random.Generator(np.random.PCG64([plan.seed, 4, shared.rank]))
    torch.manual_seed(plan.seed)
    labeller = _labeller(model)
    tokens = (SIDE // PATCH) ** 2
    kept: list[NDArray[np.int64]] = []
    model.vision_model.embeddings.register_forward_hook(lambda _module, _args, out: out[:, kept[0]] if kept else out)
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
            batch = material.sampler.sample(
                truth[mine], rng, ensembles=plan.ensembles, plain=plan.plain, captions=plan.captions
            )
            # At first the image tower sees a random part of each picture: more steps for the same time.
            kept[:] = [np.sort(rng.permutation(tokens)[: plan.tokens])] if step < plan.steps * plan.partial else []
            inputs = torch.from_numpy(augment(pixels[mine], rng))
            with torch.autocast("cpu", torch.bfloat16):
                images = model.vision_model(pixel_values=inputs).pooler_output.float()
                words = model.text_model(input_ids=encode(tokenizer, batch.texts)).pooler_output.float()
            held = torch.from_numpy(truth[mine].astype(np.float32))
            single, ensemble = sigmoid_losses(model, images, words, batch, held)
            direct = functional.binary_cross_entropy_with_logits(labeller(images), held)
            torch.autograd.backward(0.5 * single + ensemble + direct)
            shared.average(parameters)
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            now = np.array([single.item(), ensemble.item(), direct.item()])
            smoothed = now if step == 0 else 0.95 * smoothed + 0.05 * now
            bar.set_postfix_str("texts {:.3f} filters {:.3f} direct {:.3f}".format(*smoothed), refresh=False)
            bar.update()
    if shared.rank == 0:
        torch.save(model.state_dict(), result)


def _optimizers(
    plan: Plan, model: SiglipModel, labeller: torch.nn.Linear
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the towers' matrices, which takes about half the steps AdamW takes there; AdamW for the rest."""
    matrices, calibration, others = [], [], []
    for name, parameter in [*model.named_parameters(), *labeller.named_parameters()]:
        if name.startswith("logit_"):
            calibration.append(parameter)
        elif parameter.ndim == 2 and "embedding" not in name and name != "weight":
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
    if step < plan.warmup_steps:
        return (step + 1) / plan.warmup_steps
    done = (step - plan.warmup_steps) / max(1, plan.steps - plan.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * done)) + 0.01
