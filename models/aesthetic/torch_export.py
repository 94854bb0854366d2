"""Export of `functions/aesthetic` for its GPU container: both towers as safetensors, the tokenizer as ever.

Weights stay fp32; the engine rounds them to what its GPU computes in. So that can be bf16, the gate that quantised
graphs pass is passed by the towers in bf16.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from functions.aesthetic.gpu.reward_model import REWARD_NAME, VISION_NAME, TorchRewardModel
from functions.aesthetic.gpu.towers import RewardTower, TextSizes, VisionSizes, VisionTower
from functions.aesthetic.manifest import AestheticManifest, read_manifest
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.resolution import LARGEST_REWARD_CHANGE
from functions.aesthetic.reward_model import TOKENIZER_NAME
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.gpu.device import Device
from functions.common.gpu.weights import open_tower
from functions.common.manifest import GraphGate, PrecisionGate
from models import artifact, pictures, progress
from models.aesthetic import parity, torch_towers
from models.aesthetic.canaries import describe_canaries
from models.aesthetic.checkpoint import Checkpoint
from models.aesthetic.comparison import judge, pairs
from models.aesthetic.export import Export, describe
from models.aesthetic.parity import Answers, Parity
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.tokenization import write_tokenizer
from models.aesthetic.weights import are_generated, load_reward_model
from models.errors import GateError
from models.gate import SHAPE_ONLY, describe_figures
from models.torch_files import BF16, FP32, compared, write_tower

_PARITY_PICTURES: Final = 4


def export_torch(checkpoint: Checkpoint, out: Path, *, force: bool = False, shown: bool = False) -> Export:
    """Write the torch artifact of `checkpoint` to the folder `out`, unless it is there already.

    Raises ModelsError; nothing is left half written.
    """
    model = load_reward_model(checkpoint, shown=shown)
    manifest = describe(checkpoint, model, "portable").model_copy(update={"engine": "torch"})
    if not force and artifact.is_intact(out, manifest, ("fp32",)):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    with artifact.replacing(out) as directory:
        write_tokenizer(checkpoint, directory / TOKENIZER_NAME)
        sizes = torch_towers.vision_sizes(model)
        write_tower(directory / VISION_NAME, torch_towers.vision_weights(model), sizes)
        write_tower(directory / REWARD_NAME, torch_towers.reward_weights(model), torch_towers.text_sizes(model))
        figures = _compare(model, directory, manifest, shown=shown)
        del model
        gc.collect()
        reference, half = (_rewards(directory, manifest, device, shown=shown) for device in (FP32, BF16))
        label = SHAPE_ONLY if are_generated(checkpoint) else None
        found_out: dict[str, Any] = {
            "gate": PrecisionGate(label=label, graphs={REWARD_NAME: _passed(reference, half)}),
            # Each picture's first prompt is its own caption, which is what a canary is asked with.
            "canaries": describe_canaries(pictures.load(), lambda place, _: float(reference[place, 0]), quantized=True),
            "files": artifact.describe_files(directory),
        }
        artifact.write_manifest(directory, manifest.model_copy(update=found_out))
    found, digest = read_manifest(out)
    return Export(found, digest, figures)


def _engine(directory: Path, manifest: AestheticManifest, device: Device) -> TorchRewardModel:
    vision, _ = open_tower(directory / VISION_NAME, VisionSizes, VisionTower, device)
    reward, _ = open_tower(directory / REWARD_NAME, TextSizes, RewardTower, device)
    tokenizer = open_prompt_tokenizer(directory / TOKENIZER_NAME, manifest.prompt)
    return TorchRewardModel(
        vision, reward, tokenizer, preprocessing=manifest.preprocessing, device=device, batch_size=1
    )


def _compare(model: RewardModel, directory: Path, manifest: AestheticManifest, *, shown: bool) -> Parity:
    """The engine in fp32 against the checkpoint. Raises ParityError."""
    picture_set = pictures.load()
    every = range(0, len(picture_set.pictures), -(-len(picture_set.pictures) // _PARITY_PICTURES))
    pixels = [preprocess(picture_set.pictures[place].decode(), manifest.preprocessing) for place in every]
    prompts = [[pair.prompt for pair in pairs(picture_set)[place]] for place in every]
    tokenizer = open_prompt_tokenizer(directory / TOKENIZER_NAME, manifest.prompt)
    engine = _engine(directory, manifest, FP32)
    tokens = np.stack([engine.image_tokens(picture)[0] for picture in pixels])
    found = [engine.rewards(picture, asked)[0] for picture, asked in zip(pixels, prompts, strict=True)]
    rewards = np.array([[reward.raw for reward in of_picture] for of_picture in found], np.float32)
    return parity.compare(parity.run_torch(model, tokenizer, pixels, prompts, shown=shown), Answers(tokens, rewards))


def _rewards(directory: Path, manifest: AestheticManifest, device: Device, *, shown: bool) -> NDArray[np.float32]:
    """(pictures, prompts) of the picture set: its own caption and one that does not fit."""
    picture_set, engine = pictures.load(), _engine(directory, manifest, device)
    rows = []
    with progress.bar(f"gate: {device.precision}", len(picture_set.pictures), "picture", shown=shown) as bar:
        for picture, asked in zip(picture_set.pictures, pairs(picture_set), strict=True):
            pixels = preprocess(picture.decode(), manifest.preprocessing)
            (found,) = engine.rewards(pixels, [pair.prompt for pair in asked])
            rows.append([reward.raw for reward in found])
            bar.update()
    return np.array(rows, np.float32)


def _passed(reference: NDArray[np.float32], half: NDArray[np.float32]) -> GraphGate:
    """The gate's record. Raises GateError where a tolerance is missed."""
    findings = judge(reference, half, LARGEST_REWARD_CHANGE)
    if not findings.met:
        raise GateError(f"the model in bf16 is too far from fp32: {describe_figures(findings)}")
    return GraphGate(
        compared=compared(reference.size, "pair"),
        figures=findings.figures,
        notes=findings.notes,
        kept_fp32=(),
        kept_share=0.0,
    )
