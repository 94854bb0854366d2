"""Export of `functions/semantic`: a SigLIP checkpoint becomes two encoders and a matrix of prompts."""

from __future__ import annotations

import gc
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from functions.common.manifest import Manifest, Scoring, TextInput, read_manifest
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, dump_index, read_prompts
from models import artifact
from models.errors import CheckpointError
from models.quantize import Target
from models.semantic import parity, prompts, text_tower, weights
from models.semantic.checkpoint import Checkpoint
from models.semantic.image_encoder import export_image_encoder
from models.semantic.parity import Parity
from models.semantic.tokenization import PromptTokenizer
from taxonomy import Taxonomy

Precision = Literal["int8", "fp32"]

DEFAULT_TEMPERATURE = 1.0
"""T of the contrast profile where neither the checkpoint nor the caller gives one.

A starting value, not a measured one: no published weights were at hand to fit it on. 1 leaves the logits in the unit
the model was trained in, where the sigmoid of a difference of two logits is the softmax between the two descriptions.
"""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export did. `parity` is None for an artifact that was there already, intact."""

    manifest: Manifest
    digest: str
    parity: Parity | None


def export_semantic(
    checkpoint: Checkpoint,
    taxonomy: Taxonomy,
    out: Path,
    *,
    target: Target = "portable",
    precision: Precision = "int8",
    temperature: float | None = None,
    text: bool = True,
    force: bool = False,
    shown: bool = False,
) -> Export:
    """Write the artifact of `checkpoint` to the folder `out`, unless it is there already; `text`: its text tower, too.

    Only one tower is in memory at a time. Raises ModelsError; nothing is left half written.
    """
    weights.check_weights(checkpoint)
    tokenizer = PromptTokenizer(checkpoint)
    manifest = _describe(checkpoint, taxonomy, target, precision, temperature)
    if text:
        manifest = manifest.model_copy(update={"text": _describe_text(checkpoint, tokenizer)})
    if not force and artifact.is_intact(out, manifest):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    with artifact.replacing(out) as directory:
        if not force and artifact.holds_prompts_of(out, manifest):
            for name in (MATRIX_NAME, INDEX_NAME):
                shutil.copyfile(out / name, directory / name)
        else:
            _write_prompts(checkpoint, tokenizer, taxonomy, directory, shown=shown)
        matrix, _ = read_prompts(directory)
        figures, pictures = _write_encoder(checkpoint, manifest, matrix, directory, shown=shown)
        if text:
            texts = text_tower.write(
                checkpoint, tokenizer, manifest, directory, taxonomy=taxonomy, pictures=pictures, shown=shown
            )
            figures = replace(figures, text=texts)
        manifest = manifest.model_copy(update={"files": artifact.describe_files(directory)})
        artifact.write_manifest(directory, manifest)
    found, digest = read_manifest(out)
    return Export(found, digest, figures)


def _describe(
    checkpoint: Checkpoint, taxonomy: Taxonomy, target: Target, precision: Precision, temperature: float | None
) -> Manifest:
    """The manifest but for its files, which is all that the files depend on."""
    card = checkpoint.card
    if card:
        known = {entry.name for entry in taxonomy.filters} | {entry.name for entry in taxonomy.moderation}
        unknown = sorted(set(card.covers) - known)
        if unknown:
            raise CheckpointError(f"{checkpoint.directory}: covers {unknown[0]!r}, which the taxonomy does not have")
    if temperature is None:
        temperature = card.temperature if card else DEFAULT_TEMPERATURE
    scale, bias = weights.read_scale_and_bias(checkpoint)
    return Manifest(
        format=1,
        function="semantic",
        model=checkpoint.identity,
        precision=precision,
        target=target,
        embedding_size=checkpoint.config.vision_config.hidden_size,
        preprocessing=checkpoint.preprocessing,
        scoring=Scoring(logit_scale=scale, logit_bias=bias, temperature=temperature),
        taxonomy_digest=taxonomy.digest,
        covers=card.covers if card else None,
        files={},
        tools=artifact.tool_versions(),
    )


def _describe_text(checkpoint: Checkpoint, tokenizer: PromptTokenizer) -> TextInput:
    config = checkpoint.config.text_config
    return TextInput(
        length=tokenizer.length,
        width=config.hidden_size,
        vocab_size=config.vocab_size,
        pad_id=tokenizer.pad_id,
        eos_id=tokenizer.eos_id,
    )


def _write_prompts(
    checkpoint: Checkpoint, tokenizer: PromptTokenizer, taxonomy: Taxonomy, directory: Path, *, shown: bool
) -> None:
    rows = prompts.ensembles(taxonomy)
    text_tower = weights.load_tower(checkpoint, "text_model", shown=shown)
    matrix = prompts.embed(text_tower, tokenizer, rows, shown=shown)
    del text_tower
    gc.collect()
    np.save(directory / MATRIX_NAME, matrix, allow_pickle=False)
    (directory / INDEX_NAME).write_bytes(dump_index(tuple(entry.row for entry in rows)))


def _write_encoder(
    checkpoint: Checkpoint,
    manifest: Manifest,
    matrix: np.typing.NDArray[np.float32],
    directory: Path,
    *,
    shown: bool,
) -> tuple[Parity, np.typing.NDArray[np.float32]]:
    """What the image encoder is worth, and torch's embeddings of the fixed pictures, (pictures, embedding)."""
    pictures = parity.fixed_pictures(manifest.preprocessing.height)
    tower = weights.load_tower(checkpoint, "vision_model", shown=shown)
    by_torch = parity.run_torch(tower, pictures, shown=shown)
    # Beside the artifact, since a temporary file system may be small or in memory.
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        fp32 = export_image_encoder(tower, Path(scratch))
        del tower
        gc.collect()
        by_fp32 = parity.run_graph(fp32, pictures, shown=shown)
        fp32_difference = parity.difference(by_torch, by_fp32, matrix, manifest.scoring)
        parity.check_fp32(fp32_difference)
        final = artifact.finish_graph(fp32, directory, manifest)
        int8_difference = None
        if manifest.precision == "int8":
            by_int8 = parity.run_graph(final, pictures, shown=shown)
            int8_difference = parity.difference(by_fp32, by_int8, matrix, manifest.scoring)
    label = "shape only (random weights)" if weights.are_random(checkpoint) else "drawn"
    return Parity(f"{len(pictures)} generated pictures, {label}", fp32_difference, int8_difference), by_torch
