"""Export of `functions/aesthetic` for its GPU container: both towers as safetensors, and the tokenizer."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.aesthetic.gpu.reward_model import REWARD_NAME, VISION_NAME, TorchRewardModel
from functions.aesthetic.gpu.towers import RewardTower, TextSizes, VisionSizes, VisionTower
from functions.aesthetic.manifest import AestheticManifest, read_manifest
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import TOKENIZER_NAME
from functions.aesthetic.tie_margin import LARGEST_REWARD_CHANGE
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.gpu.device import Device
from functions.common.gpu.weights import open_tower
from models import artifact, pictures, torch_artifact
from models.aesthetic import parity, torch_towers
from models.aesthetic.canaries import describe_canaries
from models.aesthetic.checkpoint import Checkpoint
from models.aesthetic.comparison import Pair, judge, pairs
from models.aesthetic.export import Export, describe
from models.aesthetic.parity import Answers, Parity
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.tokenization import write_tokenizer
from models.aesthetic.weights import are_generated, load_reward_model
from models.pictures import PictureSet
from models.torch_files import FP32, write_tower


def export_torch(checkpoint: Checkpoint, out: Path, *, force: bool = False, shown: bool = False) -> Export:
    """Write the torch artifact of `checkpoint` to the folder `out`, unless it is there already.

    Raises ModelsError; nothing is left half written.
    """
    model = load_reward_model(checkpoint, shown=shown)
    manifest = torch_artifact.for_torch(describe(checkpoint, model, "portable"))
    if not force and artifact.is_intact(out, manifest, torch_artifact.PRECISIONS):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    with torch_artifact.writing(out, manifest, random=are_generated(checkpoint)) as draft:
        write_tokenizer(checkpoint, draft.directory / TOKENIZER_NAME)
        sizes = torch_towers.vision_sizes(model)
        write_tower(draft.directory / VISION_NAME, torch_towers.vision_weights(model), sizes)
        write_tower(draft.directory / REWARD_NAME, torch_towers.reward_weights(model), torch_towers.text_sizes(model))
        figures = _compare(model, draft.directory, manifest, shown=shown)
        del model
        gc.collect()
        picture_set = pictures.load()
        asked = pairs(picture_set)
        draft.gates[REWARD_NAME], rewards = torch_artifact.pass_gate(
            "the model",
            lambda device: _rewarding(_engine(draft.directory, manifest, device), picture_set, manifest),
            asked,
            lambda reference, half, _: judge(reference, half, LARGEST_REWARD_CHANGE),
            unit="picture",
            compared=f"{sum(map(len, asked))} pairs",
            shown=shown,
        )
        # Each picture's first prompt is its own caption, which is what a canary is asked with.
        draft.canaries = describe_canaries(picture_set, lambda place, _: float(rewards[place, 0]), quantized=True)
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
    pixels, prompts = parity.questions(manifest)
    tokenizer = open_prompt_tokenizer(directory / TOKENIZER_NAME, manifest.prompt)
    engine = _engine(directory, manifest, FP32)
    tokens = np.stack([engine.image_tokens(picture)[0] for picture in pixels])
    found = [engine.rewards(picture, asked)[0] for picture, asked in zip(pixels, prompts, strict=True)]
    rewards = np.array([[reward.raw for reward in of_picture] for of_picture in found], np.float32)
    return parity.compare(parity.run_torch(model, tokenizer, pixels, prompts, shown=shown), Answers(tokens, rewards))


def _rewarding(
    engine: TorchRewardModel, picture_set: PictureSet, manifest: AestheticManifest
) -> Callable[[Sequence[Pair]], NDArray[np.float32]]:
    """The engine's rewards (prompts,) of a picture of the set for its prompts."""

    def rewards(of_picture: Sequence[Pair]) -> NDArray[np.float32]:
        pixels = preprocess(picture_set.pictures[of_picture[0].picture].decode(), manifest.preprocessing)
        (found,) = engine.rewards(pixels, [pair.prompt for pair in of_picture])
        return np.array([reward.raw for reward in found], np.float32)

    return rewards
