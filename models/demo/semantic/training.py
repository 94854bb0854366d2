"""Trains the demo SigLIP from scratch: the sigmoid loss over every picture and text of a step, with the full truth."""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from tqdm import tqdm
from transformers import SiglipConfig, SiglipModel

from models.demo.semantic.pictures import SIDE, augment
from models.demo.semantic.texts import TextBatch, TextSampler
from models.demo.semantic.vocabulary import END, LENGTH, PAD
from models.demo.world.scene import COVERED

NEUTRAL_TARGET = 0.25
"""Where neutral texts are trained to sit: between what a present and what an absent attribute reads."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and on what to train."""

    seed: int = 20261120
    pictures: int = 24_000
    steps: int = 1_600
    batch: int = 128
    ensembles: int = 20
    captions: int = 12
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.1
    warmup_steps: int = 120
    threads: int = 2


def new_model(tokenizer: Tokenizer, seed: int) -> SiglipModel:
    """An untrained SiglipModel: 2.4 M parameters of vision, 0.5 M of text."""
    pad, end = tokenizer.token_to_id(PAD), tokenizer.token_to_id(END)
    config = SiglipConfig(
        vision_config={
            "hidden_size": 192,
            "intermediate_size": 768,
            "num_hidden_layers": 4,
            "num_attention_heads": 3,
            "image_size": SIDE,
            "patch_size": 16,
        },
        text_config={
            "vocab_size": tokenizer.get_vocab_size(),
            "hidden_size": 128,
            "intermediate_size": 384,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "projection_size": 192,
            "max_position_embeddings": LENGTH,
            "pad_token_id": pad,
            "bos_token_id": end,
            "eos_token_id": end,
        },
    )
    torch.manual_seed(seed)
    model = SiglipModel(config)
    torch.nn.init.constant_(model.logit_scale, math.log(12.0))
    torch.nn.init.constant_(model.logit_bias, -2.0)
    return model


def encode(tokenizer: Tokenizer, texts: tuple[str, ...]) -> torch.Tensor:
    """Token ids (texts, LENGTH), padded on the right."""
    ids = np.full((len(texts), LENGTH), tokenizer.token_to_id(PAD), np.int64)
    for row, text in zip(ids, texts, strict=True):
        tokens = tokenizer.encode(text).ids
        row[: len(tokens)] = tokens[:LENGTH]
    return torch.from_numpy(ids)


def loss_of(
    model: SiglipModel, images: torch.Tensor, words: torch.Tensor, batch: TextBatch, truth: NDArray[np.bool_]
) -> torch.Tensor:
    """The sigmoid loss of each text against each picture, and of each filter's mean over the styles' templates.

    The second is what the detector scores with: the normalised mean of normalised embeddings.
    """
    scale, bias = model.logit_scale.exp(), model.logit_bias
    images, words = functional.normalize(images, dim=-1), functional.normalize(words, dim=-1)
    held = torch.from_numpy(truth.astype(np.float32))  # (pictures, filters)
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
    return single + functional.binary_cross_entropy_with_logits(logits, wanted)


def train(
    plan: Plan, model: SiglipModel, tokenizer: Tokenizer, sampler: TextSampler, pixels: NDArray[np.uint8], truth: NDArray[np.bool_]
) -> float:
    """Train `model` in place on `pixels` (pictures, SIDE, SIDE, 3) and `truth` (pictures, filters); seconds taken."""
    started = time.perf_counter()
    torch.set_num_threads(plan.threads)
    rng = np.random.Generator(np.random.PCG64([plan.seed, 3]))
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}],
        lr=plan.learning_rate,
        betas=(0.9, 0.98),
    )
    order = np.empty(0, np.int64)
    model.train()
    smoothed = 0.0
    with tqdm(total=plan.steps, desc="train", unit="step") as bar:
        for step in range(plan.steps):
            rate = _schedule(step, plan)
            for group in optimizer.param_groups:
                group["lr"] = plan.learning_rate * rate
            if len(order) < plan.batch:
                order = np.concatenate([order, rng.permutation(len(pixels))])
            chosen, order = np.sort(order[: plan.batch]), order[plan.batch :]
            held = truth[chosen]
            batch = sampler.sample(held, rng, ensembles=plan.ensembles, captions=plan.captions)
            inputs = torch.from_numpy(augment(pixels[chosen], rng))
            with torch.autocast("cpu", torch.bfloat16):
                images = model.vision_model(pixel_values=inputs).pooler_output
                words = model.text_model(input_ids=encode(tokenizer, batch.texts)).pooler_output
            loss = loss_of(model, images.float(), words.float(), batch, held)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            smoothed = loss.item() if step == 0 else 0.98 * smoothed + 0.02 * loss.item()
            bar.set_postfix(loss=f"{smoothed:.3f}")
            bar.update()
    model.eval()
    return time.perf_counter() - started


def _schedule(step: int, plan: Plan) -> float:
    if step < plan.warmup_steps:
        return (step + 1) / plan.warmup_steps
    done = (step - plan.warmup_steps) / max(1, plan.steps - plan.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * done)) + 0.01
