"""What is measured, made from a checkpoint: graphs and an artifact. Parity is looked at by `models export`."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor, nn
from transformers import SiglipVisionModel

from functions.common.manifest import FileDigest
from functions.semantic.encoders import ENCODER_NAME, WEIGHTS_NAME
from functions.semantic.manifest import Scoring, SemanticManifest, TextInput
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, dump_index
from functions.semantic.text_encoder import TEXT_ENCODER_NAME, TEXT_FILES, TOKENIZER_NAME
from models import artifact
from models.quantize import quantize_encoder
from models.quiet import quiet_export
from models.semantic import prompts, weights
from models.semantic.checkpoint import Checkpoint
from models.semantic.image_encoder import export_image_encoder
from models.semantic.layout import TOKENIZER
from models.semantic.text_encoder import export_text_encoder, write_token_table
from models.semantic.tokenization import PromptTokenizer
from taxonomy import Taxonomy

STOCK_NAME = "stock.onnx"
STOCK_OPSET = 18
"""What torch.onnx.export writes where it is not told otherwise."""


class _Pooled(nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model: nn.Module = model

    def forward(self, pixel_values: Tensor) -> Tensor:
        pooled: Tensor = self.model(pixel_values=pixel_values).pooler_output
        return pooled


def write_stock_graph(checkpoint: Checkpoint, directory: Path) -> None:
    """transformers' own vision model through a plain torch.onnx.export, one picture at a time."""
    logs: Any = transformers.logging  # untyped, as what follows
    logs.set_verbosity_error()
    load: Any = SiglipVisionModel.from_pretrained
    model = load(checkpoint.directory, dtype=torch.float32)
    size = model.config.image_size
    with torch.no_grad(), quiet_export():
        torch.onnx.export(
            _Pooled(model).eval(),
            (torch.zeros(1, 3, size, size),),
            directory / STOCK_NAME,
            opset_version=STOCK_OPSET,
            dynamo=True,
            external_data=True,
            verbose=False,
        )


def write_fp32_graph(checkpoint: Checkpoint, directory: Path, *, shown: bool) -> None:
    """This project's graph before it is quantised."""
    tower = weights.load_tower(checkpoint, "vision_model", shown=shown)
    export_image_encoder(tower, directory)
    del tower
    gc.collect()


def write_artifact(checkpoint: Checkpoint, taxonomy: Taxonomy, fp32: Path, directory: Path, *, text: bool) -> None:
    """An int8 artifact from the fp32 graph in `fp32`, every layer quantised, prompts drawn at random.

    As many prompts as the taxonomy has, of the true width: embedding them would take longer than everything measured.
    """
    quantize_encoder(fp32 / ENCODER_NAME, directory / ENCODER_NAME, "portable")
    described = _describe_text(checkpoint, directory) if text else None
    scale, bias = weights.read_scale_and_bias(checkpoint)
    manifest = SemanticManifest(
        format=1,
        function="semantic",
        model=checkpoint.identity,
        precision="int8",
        target="portable",
        embedding_size=checkpoint.config.vision_config.hidden_size,
        preprocessing=checkpoint.preprocessing,
        scoring=Scoring(logit_scale=scale, logit_bias=bias, temperature=1.0),
        text=described,
        taxonomy_digest=taxonomy.digest,
        covers=None,
        files={},
        tools=artifact.tool_versions(),
    )
    _write_random_prompts(taxonomy, manifest.embedding_size, directory)
    manifest = manifest.model_copy(update={"files": artifact.describe_files(directory)})
    artifact.write_manifest(directory, manifest)


def dress_artifact(source: Path, manifest: SemanticManifest, taxonomy: Taxonomy, directory: Path) -> None:
    """The encoders of the artifact in `source`, by reference, with random prompts for this taxonomy."""
    _write_random_prompts(taxonomy, manifest.embedding_size, directory)
    files: dict[str, FileDigest] = artifact.describe_files(directory)
    for name in (ENCODER_NAME, WEIGHTS_NAME, *(TEXT_FILES if manifest.text else ())):
        (directory / name).symlink_to((source / name).resolve())
        files[name] = manifest.files[name]
    changed = {"taxonomy_digest": taxonomy.digest, "covers": None, "files": files}
    artifact.write_manifest(directory, manifest.model_copy(update=changed))


def _write_random_prompts(taxonomy: Taxonomy, width: int, directory: Path) -> None:
    rows = tuple(entry.row for entry in prompts.ensembles(taxonomy))
    matrix = np.random.default_rng(0).standard_normal((len(rows), width), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    np.save(directory / MATRIX_NAME, matrix, allow_pickle=False)
    (directory / INDEX_NAME).write_bytes(dump_index(rows))


def _describe_text(checkpoint: Checkpoint, directory: Path) -> TextInput:
    """Write the text tower, and say how text reaches it."""
    tokenizer = PromptTokenizer(checkpoint)
    config = checkpoint.config.text_config
    shutil.copyfile(checkpoint.directory / TOKENIZER, directory / TOKENIZER_NAME)
    tower = weights.load_tower(checkpoint, "text_model")
    write_token_table(tower, directory)
    scratch = directory / "fp32"
    scratch.mkdir()
    fp32 = export_text_encoder(tower, scratch)
    del tower
    gc.collect()
    quantize_encoder(fp32, directory / TEXT_ENCODER_NAME, "portable")
    shutil.rmtree(scratch)
    return TextInput(
        length=tokenizer.length,
        width=config.hidden_size,
        vocab_size=config.vocab_size,
        pad_id=tokenizer.pad_id,
        eos_id=tokenizer.eos_id,
    )
