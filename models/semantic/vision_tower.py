"""The vision tower's part of an artifact: the graph, checked against torch and, where quantised, through the gate."""

from __future__ import annotations

import gc
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.common.artifact import open_session
from functions.common.manifest import Canaries, GraphGate
from functions.semantic.detector import Detector
from functions.semantic.encoders import ENCODER_NAME
from functions.semantic.manifest import SemanticManifest
from functions.semantic.prompts import read_prompts
from models import artifact
from models.gate import Quantization, Verdict, pass_gate
from models.pictures import CANARIES, PictureSet
from models.semantic import parity, weights
from models.semantic.canaries import describe_canaries
from models.semantic.checkpoint import Checkpoint
from models.semantic.comparison import ImageComparison
from models.semantic.image_encoder import export_image_encoder
from models.semantic.parity import Difference
from taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class VisionPart:
    """What was written, and what is left to compare other parts with."""

    pictures: str
    """What `fp32` was measured on."""
    fp32: Difference
    """Of the fp32 graph from torch."""
    by_torch: NDArray[np.float32]
    """(pictures, embedding) of those pictures."""
    gate: GraphGate | None
    by_fp32: NDArray[np.float32]
    """(pictures, embedding), unit rows, of the picture set; empty where nothing was quantised."""
    detector: Detector
    canaries: Canaries | None


def write(
    checkpoint: Checkpoint,
    manifest: SemanticManifest,
    directory: Path,
    *,
    taxonomy: Taxonomy,
    pictures: PictureSet,
    quantization: Quantization | None,
    shown: bool,
) -> VisionPart:
    """Write the image encoder into `directory`, which holds the prompts; None leaves it in fp32. Raises ModelsError."""
    fixed = parity.fixed_pictures(manifest.preprocessing.height)
    matrix, rows = read_prompts(directory)
    tower = weights.load_tower(checkpoint, "vision_model", shown=shown)
    by_torch = parity.run_torch(tower, fixed, shown=shown)
    comparison = ImageComparison(pictures, matrix, rows, taxonomy, manifest)
    # Beside the artifact, since a temporary file system may be small or in memory.
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        fp32 = export_image_encoder(tower, Path(scratch))
        del tower
        gc.collect()
        by_graph = parity.run_graph(fp32, fixed, shown=shown)
        difference = parity.difference(by_torch, by_graph, matrix, manifest.scoring)
        parity.check_fp32(difference)
        verdict: Verdict | None = None
        if quantization is None:
            artifact.move_graph(fp32, directory)
        else:
            verdict = pass_gate(
                fp32,
                directory / ENCODER_NAME,
                comparison,
                target=manifest.target,
                quantization=quantization,
                shown=shown,
            )
    return VisionPart(
        pictures=f"{len(fixed)} generated pictures",
        fp32=difference,
        by_torch=by_torch,
        gate=verdict.record if verdict else None,
        by_fp32=verdict.reference if verdict else np.empty((0, manifest.embedding_size), np.float32),
        detector=comparison.detector,
        canaries=describe_canaries(
            pictures,
            _of_canaries(directory / ENCODER_NAME, comparison, pictures, verdict),
            comparison.detector,
            taxonomy,
            quantized=verdict is not None,
        ),
    )


def _of_canaries(
    graph: Path, comparison: ImageComparison, pictures: PictureSet, verdict: Verdict | None
) -> dict[str, NDArray[np.float32]]:
    """The artifact's embeddings of the canary pictures, by name; the gate has asked for them already."""
    places = {picture.name: place for place, picture in enumerate(pictures.pictures)}
    if verdict:
        return {name: verdict.answers[places[name]] for name in CANARIES}
    session = open_session(graph, len(os.sched_getaffinity(0)))
    return {name: comparison.answer(session, places[name]) for name in CANARIES}
