"""What `python -m bench gpu` measures: each function's torch engine, its peer in torch eager, and its CPU engine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

import taxonomy
from bench import graphs, stamps
from functions.aesthetic.gpu.reward_model import REWARD_NAME, TorchRewardModel
from functions.aesthetic.gpu.reward_model import VISION_NAME as TOKENS_NAME
from functions.aesthetic.gpu.towers import RewardTower, TextSizes
from functions.aesthetic.gpu.towers import VisionSizes as TokenSizes
from functions.aesthetic.gpu.towers import VisionTower as TokenTower
from functions.aesthetic.model import open_model as open_reward_model
from functions.aesthetic.preprocessing import preprocess as crop
from functions.aesthetic.reward_model import TOKENIZER_NAME
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.artifact import open_session
from functions.common.gpu.device import Device
from functions.common.gpu.weights import open_tower
from functions.semantic.encoders import ENCODER_NAME, OnnxImageEncoder, preprocess, unit
from functions.semantic.gpu.encoders import VISION_NAME, TorchImageEncoder
from functions.semantic.gpu.towers import VisionSizes, VisionTower
from models import pictures
from models.aesthetic import torch_towers as reward_towers
from models.aesthetic.checkpoint import open_checkpoint as open_reward_checkpoint
from models.aesthetic.comparison import pairs
from models.aesthetic.export import export_aesthetic
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.aesthetic.generated_vocabulary import vocabulary
from models.aesthetic.layout import Sizes
from models.aesthetic.tokenization import describe_prompt, write_tokenizer
from models.aesthetic.weights import load_reward_model
from models.artifact import tool_versions
from models.semantic import prompts, torch_towers, weights
from models.semantic.checkpoint import open_checkpoint
from models.semantic.layout import SHAPES
from models.semantic.random_checkpoint import write_random_checkpoint
from models.torch_files import write_tower

Answers: TypeAlias = NDArray[np.float32]
_RANDOM_PROMPTS = 256
_STEEPNESS = 0.1
"""Of the random reward head: rewards spread by about half a unit."""
_SMALL_VOCABULARY = 8192
"""The text tower is not measured, so its table may be any size that holds the taxonomy's words."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One function's engines over the same weights and pictures; each takes how many of the pictures it is given."""

    name: str
    title: str
    peer_title: str
    measure: str
    """What `apart` is in."""
    ours: Callable[[int], Answers]
    """(pictures, numbers), all of them at once."""
    peer: Callable[[int], Answers]
    """The same in transformers, eager, in the same precision."""
    processor: Callable[[int], Answers]
    """The same by the CPU engine, one at a time."""
    apart: Callable[[Answers, Answers], float]
    """The largest difference of a score between two engines' answers."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where weights come from; None is random ones of the published shape."""

    cache: Path
    shape: str
    checkpoint: Path | None
    reward_checkpoint: Path | None


def semantic(sources: Sources, device: Device, count: int) -> Subject:
    """SigLIP's image encoder. Raises ModelsError."""
    home = sources.cache / (sources.checkpoint.name if sources.checkpoint else sources.shape)
    folder = sources.checkpoint or _made(home / "checkpoint", {"shape": sources.shape}, _random_siglip(sources.shape))
    checkpoint = open_checkpoint(folder, shown=True)
    made_from = {"checkpoint": checkpoint.identity.checkpoint_sha256, "tools": tool_versions()}
    graph = _made(home / "fp32", made_from, lambda out: graphs.write_fp32_graph(checkpoint, out, shown=True))
    tower = weights.load_tower(checkpoint, "vision_model", shown=True)
    with tempfile.TemporaryDirectory(dir=sources.cache) as scratch:
        sizes = torch_towers.vision_sizes(tower.config)
        write_tower(Path(scratch, VISION_NAME), torch_towers.vision_weights(tower, sizes), sizes)
        opened, _ = open_tower(Path(scratch, VISION_NAME), VisionSizes, VisionTower, device)
    spec = checkpoint.preprocessing
    ours = TorchImageEncoder(opened, spec, device, count)
    threads = len(os.sched_getaffinity(0))
    ours_on_cpu = OnnxImageEncoder(open_session(graph / ENCODER_NAME, threads), spec)
    peer = tower.to(device.target, device.dtype)
    pixels = np.concatenate([preprocess(image, spec) for image in _images(count)])
    scale, _ = weights.read_scale_and_bias(checkpoint)
    random = np.random.default_rng(5).standard_normal((_RANDOM_PROMPTS, opened.norm.weight.shape[0]))
    directions = random / np.linalg.norm(random, axis=1, keepdims=True) * np.exp(scale)

    def eager(number: int) -> Answers:
        with torch.inference_mode():
            given = torch.from_numpy(pixels[:number]).to(device.target, device.dtype)
            output: torch.Tensor = peer(pixel_values=given).pooler_output
        return output.float().cpu().numpy()

    def apart(first: Answers, second: Answers) -> float:
        change = np.stack([unit(row) for row in first]).astype(np.float64) - np.stack([unit(row) for row in second])
        return float(np.abs(change @ directions.T).max())

    return Subject(
        name="semantic",
        title=f"{checkpoint.identity.id}, image encoder",
        peer_title="transformers SiglipVisionModel, eager, SDPA",
        measure=f"a logit, over {_RANDOM_PROMPTS} random prompts",
        ours=lambda number: ours.encode_core(pixels[:number]),
        peer=eager,
        processor=lambda number: np.concatenate([ours_on_cpu.encode_core(one[None]) for one in pixels[:number]]),
        apart=apart,
    )


def aesthetic(sources: Sources, device: Device, count: int) -> Subject:
    """ImageReward, each picture with its own caption. Raises ModelsError."""
    home = sources.cache / (sources.reward_checkpoint.name if sources.reward_checkpoint else "image-reward")
    folder = sources.reward_checkpoint or _made(home / "checkpoint", {"steepness": _STEEPNESS}, _random_reward)
    checkpoint = open_reward_checkpoint(folder, shown=True)
    made_from = {"checkpoint": checkpoint.identity.weights_sha256, "tools": tool_versions()}

    def export(out: Path) -> None:
        export_aesthetic(checkpoint, out / "artifact", precision="fp32", shown=True)

    artifact = _made(home / "reward-fp32", made_from, export) / "artifact"
    model = load_reward_model(checkpoint, shown=True)
    tokenizer_path = home / TOKENIZER_NAME
    write_tokenizer(checkpoint, tokenizer_path)
    prompt = describe_prompt(checkpoint)
    tokenizer = open_prompt_tokenizer(tokenizer_path, prompt)
    with tempfile.TemporaryDirectory(dir=sources.cache) as scratch:
        files = Path(scratch, TOKENS_NAME), Path(scratch, REWARD_NAME)
        write_tower(files[0], reward_towers.vision_weights(model), reward_towers.vision_sizes(model))
        write_tower(files[1], reward_towers.reward_weights(model), reward_towers.text_sizes(model))
        vision, _ = open_tower(files[0], TokenSizes, TokenTower, device)
        reward, _ = open_tower(files[1], TextSizes, RewardTower, device)
    on_cpu = open_reward_model(artifact, len(os.sched_getaffinity(0)))
    spec = on_cpu.artifact.manifest.preprocessing
    ours = TorchRewardModel(vision, reward, tokenizer, preprocessing=spec, device=device, batch_size=count)
    peer = model.to(device.target, device.dtype)
    pixels = np.concatenate([crop(image, spec) for image in _images(count)])
    every = pairs(pictures.load())
    captions = [every[place % len(every)][0].prompt for place in range(count)]
    read = [tokenizer.encode(caption) for caption in captions]
    ids, mask = (np.stack(rows) for rows in ([one.ids for one in read], [one.mask for one in read]))

    def own(number: int) -> Answers:
        # One prompt for all of them, as /score-batch has it.
        return np.array([[found.raw] for (found,) in ours.rewards(pixels[:number], captions[:1])], np.float32)

    def eager(number: int) -> Answers:
        with torch.inference_mode():
            given = torch.from_numpy(pixels[:number]).to(device.target, device.dtype)
            words, read_of = (
                torch.from_numpy(np.repeat(rows[:1], number, axis=0)).to(device.target) for rows in (ids, mask)
            )
            rewards: torch.Tensor = peer(peer.image_tokens(given), words, read_of)
        return rewards.float().cpu().numpy()[:, None]

    def by_processor(number: int) -> Answers:
        found = [on_cpu.engine.rewards(one[None], captions[:1])[0][0].raw for one in pixels[:number]]
        return np.array(found, np.float32)[:, None]

    return Subject(
        name="aesthetic",
        title=f"{checkpoint.identity.id}, a prompt's candidates",
        peer_title="the same on transformers' BLIP towers, eager",
        measure="a reward",
        ours=own,
        peer=eager,
        processor=by_processor,
        apart=lambda first, second: float(np.abs(first.astype(np.float64) - second).max()),
    )


def _made(directory: Path, made_from: dict[str, Any], write: Callable[[Path], None]) -> Path:
    stamps.kept(directory, made_from, write)
    return directory


def _images(count: int) -> list[Any]:
    known = pictures.load().pictures
    return [known[place % len(known)].decode() for place in range(count)]


def _random_siglip(shape: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        words = prompts.words(taxonomy.load())
        write_random_checkpoint(replace(SHAPES[shape], vocabulary=_SMALL_VOCABULARY), folder, words, shown=True)

    return write


def _random_reward(folder: Path) -> None:
    write_generated_checkpoint(folder, Sizes(), vocabulary(), steepness=_STEEPNESS)
