"""The text tower's part of an artifact: graph, token table and tokenizer, checked as the vision tower is."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from functions.common.artifact import open_session
from functions.common.manifest import GraphGate
from functions.semantic.manifest import SemanticManifest
from functions.semantic.text_encoder import TEXT_ENCODER_NAME, TOKENIZER_NAME
from models import artifact
from models.gate import Quantization, pass_gate
from models.semantic import parity, prompts, weights
from models.semantic.checkpoint import Checkpoint
from models.semantic.comparison import TextComparison, plain_prompts
from models.semantic.layout import TOKENIZER
from models.semantic.parity import TextParity
from models.semantic.text_encoder import export_text_encoder, write_token_table
from models.semantic.tokenization import PromptTokenizer
from models.semantic.vision_tower import VisionPart
from taxonomy import Taxonomy


def write(
    checkpoint: Checkpoint,
    tokenizer: PromptTokenizer,
    manifest: SemanticManifest,
    directory: Path,
    *,
    taxonomy: Taxonomy,
    vision: VisionPart,
    quantization: Quantization | None,
    shown: bool,
) -> tuple[TextParity, GraphGate | None]:
    """Write what `manifest.text` describes into `directory`; `quantization` None leaves it in fp32.

    Compared with torch on some of the taxonomy's prompts, their logits those against the pictures torch saw. Raises
    ModelsError.
    """
    texts = parity.fixed_texts(taxonomy)
    against = prompts.normalise(vision.by_torch.astype(np.float64)).astype(np.float32)
    shutil.copyfile(checkpoint.directory / TOKENIZER, directory / TOKENIZER_NAME)
    tower = weights.load_tower(checkpoint, "text_model", shown=shown)
    write_token_table(tower, directory)
    by_torch = parity.run_text_torch(tower, tokenizer, texts, shown=shown)
    plain = plain_prompts(taxonomy, vision.detector.covers)
    comparison = TextComparison(plain, vision.by_fp32, vision.detector, manifest, directory)
    gate = None
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        fp32 = export_text_encoder(tower, Path(scratch))
        del tower
        gc.collect()
        encoder = comparison.encoder(open_session(fp32, len(os.sched_getaffinity(0))))
        difference = parity.difference(
            by_torch, parity.run_text_encoder(encoder, texts, shown=shown), against, manifest.scoring
        )
        del encoder
        parity.check_text(difference)
        if quantization is None:
            artifact.move_graph(fp32, directory)
        else:
            gate = pass_gate(
                fp32,
                directory / TEXT_ENCODER_NAME,
                comparison,
                target=manifest.target,
                quantization=quantization,
                shown=shown,
            ).record
    return TextParity(f"{len(texts)} prompts", difference), gate
