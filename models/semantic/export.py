"""Export of `functions/semantic`: a SigLIP checkpoint becomes two encoders and a matrix of prompts."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from functions.common.manifest import PictureSetReference
from functions.semantic.encoders import ENCODER_NAME
from functions.semantic.manifest import Scoring, SemanticManifest, TextInput, read_manifest
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, dump_index
from functions.semantic.text_encoder import TEXT_ENCODER_NAME
from models import artifact, pictures
from models.errors import CheckpointError
from models.gate import OUTCOMES, Precision, precision_found
from models.quantize import Target
from models.semantic import prompts, text_tower, vision_tower, weights
from models.semantic.checkpoint import Checkpoint
from models.semantic.layout import DEFAULT_TEMPERATURE
from models.semantic.parity import Parity, TextParity
from models.semantic.tokenization import PromptTokenizer
from taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Export:
    """What an export did. `parity` is None for an artifact that was there already, intact."""

    manifest: SemanticManifest
    digest: str
    parity: Parity | None


def export_semantic(
    checkpoint: Checkpoint,
    taxonomy: Taxonomy,
    out: Path,
    *,
    target: Target = "portable",
    precision: Precision = "auto",
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
    manifest = describe(checkpoint, taxonomy, target, temperature)
    if text:
        manifest = manifest.model_copy(update={"text": describe_text(checkpoint, tokenizer)})
    if not force and artifact.is_intact(out, manifest, OUTCOMES[precision]):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    quantization = None if precision == "fp32" else precision
    with artifact.replacing(out) as directory:
        known = () if force else (out,)
        write_prompts(checkpoint, tokenizer, taxonomy, directory, manifest=manifest, known=known, shown=shown)
        vision = vision_tower.write(
            checkpoint,
            manifest,
            directory,
            taxonomy=taxonomy,
            pictures=pictures.load(),
            quantization=quantization,
            shown=shown,
        )
        gates = {ENCODER_NAME: vision.gate}
        text_parity: TextParity | None = None
        if text:
            text_parity, gates[TEXT_ENCODER_NAME] = text_tower.write(
                checkpoint,
                tokenizer,
                manifest,
                directory,
                taxonomy=taxonomy,
                vision=vision,
                quantization=quantization,
                shown=shown,
            )
        found_out = {"canaries": vision.canaries, "files": artifact.describe_files(directory)}
        precision_keys = precision_found(gates, random=weights.are_random(checkpoint))
        manifest = manifest.model_copy(update=found_out | precision_keys)
        artifact.write_manifest(directory, manifest)
    found, digest = read_manifest(out)
    return Export(found, digest, Parity(vision.pictures, vision.fp32, text_parity))


def describe(checkpoint: Checkpoint, taxonomy: Taxonomy, target: Target, temperature: float | None) -> SemanticManifest:
    """The manifest but for what only making the artifact tells."""
    card = checkpoint.card
    if card:
        known = {entry.name for entry in taxonomy.filters} | {entry.name for entry in taxonomy.moderation}
        unknown = sorted(set(card.covers) - known)
        if unknown:
            raise CheckpointError(f"{checkpoint.directory}: covers {unknown[0]!r}, which the taxonomy does not have")
    if temperature is None:
        temperature = card.temperature if card else DEFAULT_TEMPERATURE
    scale, bias = weights.read_scale_and_bias(checkpoint)
    picture_set = pictures.load()
    return SemanticManifest(
        format=1,
        function="semantic",
        model=checkpoint.identity,
        precision="fp32",
        target=target,
        embedding_size=checkpoint.config.vision_config.hidden_size,
        preprocessing=checkpoint.preprocessing,
        scoring=Scoring(logit_scale=scale, logit_bias=bias, temperature=temperature),
        taxonomy_digest=taxonomy.digest,
        covers=card.covers if card else None,
        picture_set=PictureSetReference(count=len(picture_set.pictures), sha256=picture_set.sha256),
        files={},
        tools=artifact.tool_versions(),
    )


def describe_text(checkpoint: Checkpoint, tokenizer: PromptTokenizer) -> TextInput:
    """What the run-time needs to know of texts."""
    config = checkpoint.config.text_config
    return TextInput(
        length=tokenizer.length,
        width=config.hidden_size,
        vocab_size=config.vocab_size,
        pad_id=tokenizer.pad_id,
        eos_id=tokenizer.eos_id,
    )


def write_prompts(
    checkpoint: Checkpoint,
    tokenizer: PromptTokenizer,
    taxonomy: Taxonomy,
    directory: Path,
    *,
    manifest: SemanticManifest,
    known: Sequence[Path],
    shown: bool,
) -> None:
    """Write the prompt matrix and its index into `directory`: out of one of the `known` artifacts that has them."""
    for other in known:
        if artifact.holds_prompts_of(other, manifest):
            for name in (MATRIX_NAME, INDEX_NAME):
                shutil.copyfile(other / name, directory / name)
            return
    rows = prompts.ensembles(taxonomy)
    text_tower = weights.load_tower(checkpoint, "text_model", shown=shown)
    matrix = prompts.embed(text_tower, tokenizer, rows, shown=shown)
    del text_tower
    gc.collect()
    np.save(directory / MATRIX_NAME, matrix, allow_pickle=False)
    (directory / INDEX_NAME).write_bytes(dump_index(tuple(entry.row for entry in rows)))
