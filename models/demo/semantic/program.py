"""The whole training program: draw, train, choose the temperature, save."""

import hashlib
import json
import platform
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

import taxonomy
from models.demo.semantic import held_out, vocabulary
from models.demo.semantic.architecture import new_model
from models.demo.semantic.pictures import PIXELS, labels, render
from models.demo.semantic.saving import NAME, save_checkpoint
from models.demo.semantic.scoring import torch_embed, torch_texts
from models.demo.semantic.texts import TextSampler
from models.demo.semantic.training import Material, Plan, train
from models.demo.semantic.whitening import initialise
from models.demo.world.scene import COVERED, PLAIN_CLASS, SHOWN_CLASSES
from models.semantic.checkpoint import Card

FAST: Final = Plan(pictures=96, image_steps=2, text_steps=2, batch=16, ensembles=4, plain=4, captions=2, validation=16)
RECORD: Final = "training.json"
_TEMPERATURES: Final = tuple(round(0.4 + 0.1 * k, 1) for k in range(37))


def run(plan: Plan, out: Path, cache: Path) -> Card:
    """Train as `plan` says and write the checkpoint to `out`; training.json there records seed, steps and times."""
    started = time.perf_counter()
    tax = taxonomy.load()
    drawn = render(plan.seed, plan.pictures, cache, plan.workers)
    drawn_seconds = time.perf_counter() - started
    tokenizer = vocabulary.build(tax)
    model = new_model(tokenizer, plan.seed)
    initialise(model, np.load(cache / PIXELS, mmap_mode="r")[:1000])
    begun = time.perf_counter()
    train(plan, model, Material(cache, drawn, TextSampler(tax), tokenizer.to_str()))
    trained_seconds = time.perf_counter() - begun
    revision = _revision(model)
    card = Card(name=NAME, revision=revision, temperature=1.0, covers=(*COVERED, PLAIN_CLASS, *SHOWN_CLASSES))
    save_checkpoint(model, tokenizer, card, out)
    card = card.model_copy(update={"temperature": choose_temperature(out, tax, plan.validation)})
    save_checkpoint(model, tokenizer, card, out)
    record = {
        "seed": plan.seed,
        "pictures": plan.pictures,
        "steps": plan.steps,
        "batch": plan.batch * plan.workers,
        "vision_parameters": sum(p.numel() for p in model.vision_model.parameters()),
        "text_parameters": sum(p.numel() for p in model.text_model.parameters()),
        "draw_seconds": round(drawn_seconds),
        "train_seconds": round(trained_seconds),
        "total_seconds": round(time.perf_counter() - started),
        "machine": f"{_cpu()}, {plan.workers} workers, torch {torch.__version__}",
    }
    (out / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return card


def choose_temperature(directory: Path, tax: taxonomy.Taxonomy, pictures: int) -> float:
    """The contrast temperature with the lowest log loss on validation pictures, all covered filters alike."""
    scenes = held_out.validation_scenes(pictures)
    truth = labels(scenes)
    embed, texts = torch_embed(directory), torch_texts(directory, tax)
    embeddings = [embed(image) for image in tqdm(held_out.pictures(scenes), desc="validate", unit="picture")]
    losses: dict[float, float] = {}
    for temperature in _TEMPERATURES:
        detector = texts.detector(tax, temperature=temperature)
        losses[temperature] = _log_loss(
            np.array([[s.confidence for s in detector.score(e, COVERED)] for e in embeddings], np.float64), truth
        )
    return min(losses, key=lambda temperature: losses[temperature])


def _log_loss(confidences: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    right = np.where(truth, confidences, 1 - confidences)
    return float(-np.log(np.clip(right, 1e-6, 1)).mean())


def _revision(model: torch.nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.to(torch.float16).numpy().tobytes())
    return digest.hexdigest()[:12]


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
