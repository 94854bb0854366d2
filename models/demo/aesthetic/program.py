"""The whole training program: draw, train, set the scale, save."""

import json
import platform
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch

import taxonomy
from functions.aesthetic.manifest import RewardDistribution
from models.aesthetic.checkpoint import Card
from models.aesthetic.layout import ADDED_TOKENS, REWARD_MEAN, REWARD_STD
from models.demo.aesthetic.architecture import new_model, rescale
from models.demo.aesthetic.comparisons import held_out_pairs, reference_rewards
from models.demo.aesthetic.judging import torch_judge
from models.demo.aesthetic.labels import Learner
from models.demo.aesthetic.pictures import PIXELS, render
from models.demo.aesthetic.plan import STAGES, Material, Plan, Task
from models.demo.aesthetic.prompts import PromptSampler
from models.demo.aesthetic.saving import save_checkpoint
from models.demo.aesthetic.training import train
from models.demo.aesthetic.vocabulary import pieces

FAST: Final = Plan(scenes=30, kept_back=6, check_every=2, image_steps=2, text_steps=2, batch=12, pairs=4, reference=6)
RECORD: Final = "training.json"
REFERENCE: Final = "held-out pictures of the demo world, each with its own prompt"
_QUANTILES: Final = 101


def run(plan: Plan, out: Path, cache: Path) -> Card:
    """Train as `plan` says and write the checkpoint to `out`.

    training.json there records seed, steps and times, and the rewards that the scale was set on.
    """
    started = time.perf_counter()
    tax = taxonomy.load()
    drawn = render(plan.seed, plan.scenes, cache, plan.workers)
    drawn_seconds = time.perf_counter() - started
    known = pieces(tax)
    vocabulary = len(known) + len(ADDED_TOKENS)
    model = new_model(vocabulary, np.load(cache / PIXELS, mmap_mode="r")[:1000, 0], plan.seed)
    begun = time.perf_counter()
    ids = {piece: number for number, piece in enumerate(known)}
    learner, material = Learner(model, plan.seed), Material(cache, drawn, PromptSampler(tax), ids)
    for stage in STAGES:
        train(Task(plan, material, stage), learner)
    trained_seconds = time.perf_counter() - begun
    save_checkpoint(model, known, vocabulary, out)
    rewards = reference_rewards(torch_judge(out), held_out_pairs(plan.reference, tax))
    mean, deviation = float(rewards.mean()), float(rewards.std())
    rescale(model, mean * REWARD_STD + REWARD_MEAN, deviation * REWARD_STD, (REWARD_MEAN, REWARD_STD))
    own = np.quantile((rewards[:, 0] - mean) / deviation, np.linspace(0, 1, _QUANTILES))
    distribution = RewardDistribution(name=REFERENCE, quantiles=tuple(round(value, 4) for value in own.tolist()))
    card = save_checkpoint(model, known, vocabulary, out, distribution)
    record = {
        "seed": plan.seed,
        "pictures": 2 * plan.scenes,
        "steps": plan.steps,
        "image_steps": plan.image_steps,
        "vision_parameters": _count(model.vision),
        "text_parameters": _count(model.text) + _count(model.head),
        "draw_seconds": round(drawn_seconds),
        "train_seconds": round(trained_seconds),
        "total_seconds": round(time.perf_counter() - started),
        "machine": f"{_cpu()}, {plan.workers} workers, torch {torch.__version__}",
        "output_deviation": round(deviation * REWARD_STD, 4),
    }
    (out / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return card


def _count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
