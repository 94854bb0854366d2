"""Export of `functions/aesthetic`: an ImageReward checkpoint becomes two graphs, a token table and a tokenizer."""

from __future__ import annotations

import gc
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.aesthetic.manifest import (
    AestheticManifest,
    CropPreprocessing,
    ImageTokens,
    RewardScale,
    read_manifest,
)
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import (
    IMAGE_GRAPH_NAME,
    REWARD_GRAPH_NAME,
    TABLE_NAME,
    TOKENIZER_NAME,
    run_image_graph,
)
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.artifact import open_session
from functions.common.manifest import (
    Canaries,
    GraphGate,
    PictureSetReference,
)
from models import artifact, pictures, progress
from models.aesthetic import parity
from models.aesthetic.canaries import describe_canaries
from models.aesthetic.checkpoint import Checkpoint
from models.aesthetic.comparison import ImageComparison, RewardComparison, RewardStage
from models.aesthetic.graphs import export_image_graph, export_reward_graph
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD, REWARD_MEAN, REWARD_STD
from models.aesthetic.parity import Parity
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.tokenization import describe_prompt, write_tokenizer
from models.aesthetic.weights import are_generated, load_reward_model
from models.gate import OUTCOMES, Precision, Quantization, pass_gate, precision_found
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
    with artifact.replacing(out) as directory:
        write_tokenizer(checkpoint, directory / TOKENIZER_NAME)
        _write_table(model, directory / TABLE_NAME)
        # Beside the artifact, since a temporary file system may be small or in memory.
        with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
            image, reward = (export(model, Path(scratch)) for export in (export_image_graph, export_reward_graph))
            figures = _compare(model, image, reward, directory, manifest, shown=shown)
            del model
            gc.collect()
            if precision == "fp32":
                gates: dict[str, GraphGate] = {}
                for graph in (image, reward):
                    artifact.move_graph(graph, directory)
            else:
                gates = _quantize(image, reward, directory, manifest, precision, shown=shown)
        found_out: dict[str, Any] = {
            "canaries": _canaries(directory, manifest, quantized=bool(gates)),
            "files": artifact.describe_files(directory),
        }
        manifest = manifest.model_copy(update=found_out | precision_found(gates, random=are_generated(checkpoint)))
        artifact.write_manifest(directory, manifest)
    found, digest = read_manifest(out)
    return Export(found, digest, figures)


def describe(checkpoint: Checkpoint, model: RewardModel, target: Target) -> AestheticManifest:
    """The manifest but for what only making the artifact tells."""
    vision: Any = model.vision.config
    picture_set = pictures.load()
    return AestheticManifest(
        format=1,
        function="aesthetic",
        model=checkpoint.identity,
        vocabulary=checkpoint.vocabulary,
        precision="fp32",
        target=target,
        preprocessing=CropPreprocessing(size=vision.image_size, mean=PIXEL_MEAN, std=PIXEL_STD),
        image_tokens=ImageTokens(count=(vision.image_size // vision.patch_size) ** 2 + 1, width=vision.hidden_size),
        prompt=describe_prompt(checkpoint),
        scale=RewardScale(mean=REWARD_MEAN, std=REWARD_STD),
        distribution=checkpoint.card.distribution if checkpoint.card else None,
        picture_set=PictureSetReference(count=len(picture_set.pictures), sha256=picture_set.sha256),
        files={},
        tools=artifact.tool_versions(),
    )


def _write_table(model: RewardModel, path: Path) -> None:
    """In fp32, as half precision would move rewards by more than the graphs may be off; it is mapped, not read."""
    text: Any = model.text
    np.save(path, text.embeddings.word_embeddings.weight.numpy(), allow_pickle=False)


def _compare(
    model: RewardModel, image: Path, reward: Path, directory: Path, manifest: AestheticManifest, *, shown: bool
) -> Parity:
    pixels, prompts = parity.questions(manifest)
    tokenizer = open_prompt_tokenizer(directory / TOKENIZER_NAME, manifest.prompt)
    return parity.compare(
        parity.run_torch(model, tokenizer, pixels, prompts, shown=shown),
        parity.run_graphs(image, reward, RewardStage(directory, manifest), pixels, prompts, shown=shown),
    )


def _quantize(
    image: Path,
    reward: Path,
    directory: Path,
    manifest: AestheticManifest,
    quantization: Quantization,
    *,
    shown: bool,
) -> dict[str, GraphGate]:
    """Both graphs through the gate: the image graph first, then the other on the image tokens that one gives."""
    threads = len(os.sched_getaffinity(0))
    picture_set, stage = pictures.load(), RewardStage(directory, manifest)
    comparison = ImageComparison(picture_set, manifest, stage.around(open_session(reward, threads)))
    first = pass_gate(
        image,
        directory / IMAGE_GRAPH_NAME,
        comparison,
        target=manifest.target,
        quantization=quantization,
        shown=shown,
    )
    tokens = _tokens(directory / IMAGE_GRAPH_NAME, comparison, shown=shown)
    second = pass_gate(
        reward,
        directory / REWARD_GRAPH_NAME,
        RewardComparison(picture_set, tokens, first.reference, stage),
        target=manifest.target,
        quantization=quantization,
        shown=shown,
    )
    return {IMAGE_GRAPH_NAME: first.record, REWARD_GRAPH_NAME: second.record}


def _tokens(graph: Path, comparison: ImageComparison, *, shown: bool) -> list[NDArray[np.float32]]:
    session = open_session(graph, len(os.sched_getaffinity(0)))
    items = range(len(comparison))
    return [
        comparison.tokens(session, item)
        for item in progress.each(f"run {graph.name}", items, comparison.unit, shown=shown)
    ]


def _canaries(directory: Path, manifest: AestheticManifest, *, quantized: bool) -> Canaries:
    """The artifact's own answers to its canaries, asked of the files as they will be served."""
    threads = len(os.sched_getaffinity(0))
    picture_set = pictures.load()
    image = open_session(directory / IMAGE_GRAPH_NAME, threads)
    graph = RewardStage(directory, manifest).around(open_session(directory / REWARD_GRAPH_NAME, threads))

    def reward(place: int, prompt: str) -> float:
        pixels = preprocess(picture_set.pictures[place].decode(), manifest.preprocessing)
        return graph.run(run_image_graph(image, pixels), prompt).raw

    return describe_canaries(picture_set, reward, quantized=quantized)
