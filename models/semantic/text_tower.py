"""The text tower's part of an artifact: graph, token table and tokenizer, checked against torch."""

from __future__ import annotations

import gc
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from functions.common.manifest import Manifest
from functions.semantic.text_encoder import TABLE_NAME, TOKENIZER_NAME, OnnxTextEncoder, open_tokenizer
from models import artifact
from models.semantic import parity, prompts, weights
from models.semantic.checkpoint import TOKENIZER, Checkpoint
from models.semantic.parity import TextParity
from models.semantic.text_encoder import export_text_encoder, write_token_table
from models.semantic.tokenization import PromptTokenizer
from taxonomy import Taxonomy

_COMPARED = 16


def write(
    checkpoint: Checkpoint,
    tokenizer: PromptTokenizer,
    manifest: Manifest,
    directory: Path,
    *,
    taxonomy: Taxonomy,
    pictures: NDArray[np.float32],  # (pictures, embedding)
    shown: bool,
) -> TextParity:
    """Write what `manifest.text` describes into `directory`, and compare it as the service will run it.

    Texts are some of the taxonomy's prompts, their logits those against `pictures`. Raises ModelsError.
    """
    texts = _some_texts(taxonomy)
    against = parity.normalise(pictures.astype(np.float64)).astype(np.float32)
    shutil.copyfile(checkpoint.directory / TOKENIZER, directory / TOKENIZER_NAME)
    tower = weights.load_tower(checkpoint, "text_model", shown=shown)
    write_token_table(tower, directory)
    by_torch = parity.run_text_torch(tower, tokenizer, texts, shown=shown)
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        fp32 = export_text_encoder(tower, Path(scratch))
        del tower
        gc.collect()
        by_fp32 = parity.run_text_encoder(_encoder(fp32, directory, manifest), texts, shown=shown)
        fp32_difference = parity.difference(by_torch, by_fp32, against, manifest.scoring)
        parity.check_text(fp32_difference)
        final = artifact.finish_graph(fp32, directory, manifest)
        int8_difference = None
        if manifest.precision == "int8":
            by_int8 = parity.run_text_encoder(_encoder(final, directory, manifest), texts, shown=shown)
            int8_difference = parity.difference(by_fp32, by_int8, against, manifest.scoring)
    return TextParity(f"{len(texts)} prompts", fp32_difference, int8_difference)


def _some_texts(taxonomy: Taxonomy) -> tuple[str, ...]:
    texts = tuple(dict.fromkeys(text for entry in prompts.ensembles(taxonomy) for text in entry.texts))
    return texts[:: -(-len(texts) // _COMPARED)]


def _encoder(graph: Path, directory: Path, manifest: Manifest) -> OnnxTextEncoder:
    if manifest.text is None:
        raise AssertionError("the manifest describes no text")
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    table = np.load(directory / TABLE_NAME, mmap_mode="r", allow_pickle=False)
    return OnnxTextEncoder(session, open_tokenizer(directory / TOKENIZER_NAME), table, manifest.text)
