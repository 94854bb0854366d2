"""Export of `functions/aesthetic`: an ImageReward checkpoint becomes two graphs, a token table and a tokenizer."""

from __future__ import annotations

import gc
import tempfile
from dataclasses import dataclass
from pathlib import Path

from functions.aesthetic.manifest import (
    AestheticManifest,
    CropPreprocessing,
    ImageTokens,
    RewardScale,
    read_manifest,
)
from functions.aesthetic.reward_model import IMAGE_GRAPH_NAME, REWARD_GRAPH_NAME, TABLE_NAME, TOKENIZER_NAME
from functions.common.manifest import PictureSetReference
from models import artifact, pictures
from models.aesthetic import parity, reward_tower, vision_tower
from models.aesthetic.canaries import ask_artifact
from models.aesthetic.checkpoint import Checkpoint
from models.aesthetic.graphs import export_image_graph, export_reward_graph, write_token_table
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD, REWARD_MEAN, REWARD_STD
from models.aesthetic.parity import Parity
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.tokenization import describe_prompt, write_tokenizer
from models.aesthetic.weights import are_generated, load_reward_model
from models.gate import OUTCOMES, Precision, precision_found
from models.quantize import Target


@dataclass(frozen=True, slots=True)
class Export:
    """What an export did. `parity` is None for an artifact that was there already, intact."""

    manifest: AestheticManifest
    digest: str
    parity: Parity | None


def export_aesthetic(
    checkpoint: Checkpoint,
    out: Path,
    *,
    target: Target = "portable",
    precision: Precision = "auto",
    force: bool = False,
    shown: bool = False,
) -> Export:
    """Write the artifact of `checkpoint` to the folder `out`, unless it is there already.

    Raises ModelsError; nothing is left half written.
    """
    model = load_reward_model(checkpoint, shown=shown)
    manifest = describe(checkpoint, model, target)
    if not force and artifact.is_intact(out, manifest, OUTCOMES[precision]):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    picture_set = pictures.load()
    quantization = None if precision == "fp32" else precision
    with artifact.replacing(out) as directory:
        write_tokenizer(checkpoint, directory / TOKENIZER_NAME)
        write_token_table(model, directory / TABLE_NAME)
        # Beside the artifact, since a temporary file system may be small or in memory.
        with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
            image, reward = (export(model, Path(scratch)) for export in (export_image_graph, export_reward_graph))
            figures = parity.compare_graphs(model, image, reward, manifest, directory, shown=shown)
            del model
            gc.collect()
            vision = vision_tower.write(
                image, reward, manifest, directory, pictures=picture_set, quantization=quantization, shown=shown
            )
            reward_gate = reward_tower.write(
                reward, manifest, directory, pictures=picture_set, vision=vision, quantization=quantization, shown=shown
            )
        gates = {IMAGE_GRAPH_NAME: vision.gate, REWARD_GRAPH_NAME: reward_gate}
        found_out = {
            "canaries": ask_artifact(directory, manifest, picture_set, quantized=quantization is not None),
            "files": artifact.describe_files(directory),
        }
        precision_keys = precision_found(gates, random=are_generated(checkpoint))
        manifest = manifest.model_copy(update=found_out | precision_keys)
        artifact.write_manifest(directory, manifest)
    found, digest = read_manifest(out)
    return Export(found, digest, figures)


def describe(checkpoint: Checkpoint, model: RewardModel, target: Target) -> AestheticManifest:
    """The manifest but for what only making the artifact tells."""
    vision = model.sizes.vision
    picture_set = pictures.load()
    return AestheticManifest(
        format=1,
        function="aesthetic",
        model=checkpoint.identity,
        vocabulary=checkpoint.vocabulary,
        precision="fp32",
        target=target,
        preprocessing=CropPreprocessing(size=vision.image, mean=PIXEL_MEAN, std=PIXEL_STD),
        image_tokens=ImageTokens(count=vision.tokens, width=vision.width),
        prompt=describe_prompt(checkpoint),
        scale=RewardScale(mean=REWARD_MEAN, std=REWARD_STD),
        distribution=checkpoint.card.distribution if checkpoint.card else None,
        picture_set=PictureSetReference(count=len(picture_set.pictures), sha256=picture_set.sha256),
        files={},
        tools=artifact.tool_versions(),
    )
