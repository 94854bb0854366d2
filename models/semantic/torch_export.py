"""Export of `functions/semantic` for its GPU container: both towers as safetensors, the prompts embedded as ever.

Weights stay fp32, whatever the checkpoint's; the engine rounds them to what its GPU computes in. So that can be bf16,
the gate that quantised graphs pass is passed by the towers in bf16.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.common.deployment import demo_artifact, exported_artifact
from functions.common.gpu.device import Device
from functions.common.gpu.weights import open_tower
from functions.common.manifest import GraphGate, PrecisionGate
from functions.common.token_files import open_tokenizer
from functions.semantic.detector import Detector
from functions.semantic.encoders import preprocess, unit
from functions.semantic.gpu.encoders import TEXT_NAME, VISION_NAME, TorchImageEncoder, TorchTextEncoder
from functions.semantic.gpu.towers import TextSizes, TextTower, VisionSizes, VisionTower
from functions.semantic.manifest import SemanticManifest, read_manifest
from functions.semantic.prompts import read_prompts
from functions.semantic.text_encoder import TOKENIZER_NAME
from models import artifact, pictures, progress
from models.errors import GateError
from models.gate import SHAPE_ONLY, describe_figures
from models.layer_search import Findings
from models.semantic import parity, prompts, torch_towers, weights
from models.semantic.canaries import PICTURES, describe_canaries
from models.semantic.checkpoint import TOKENIZER, Checkpoint
from models.semantic.comparison import ImageComparison, TextJudge, plain_prompts
from models.semantic.export import Export, describe, describe_text, write_prompts
from models.semantic.parity import Difference, Parity, TextParity
from models.semantic.tokenization import PromptTokenizer
from models.torch_files import BF16, FP32, compared, write_tower
from taxonomy import Taxonomy

Item = TypeVar("Item")
_COMPARED = 16
"""Prompts on which the text tower is compared with the checkpoint's."""


def export_torch(
    checkpoint: Checkpoint,
    taxonomy: Taxonomy,
    out: Path,
    *,
    temperature: float | None = None,
    text: bool = True,
    force: bool = False,
    shown: bool = False,
) -> Export:
    """Write the torch artifact of `checkpoint` to the folder `out`, unless it is there already.

    Prompts that another artifact of the same checkpoint holds are not embedded again. Raises ModelsError; nothing is
    left half written.
    """
    weights.check_weights(checkpoint)
    tokenizer = PromptTokenizer(checkpoint)
    manifest = describe(checkpoint, taxonomy, "portable", temperature).model_copy(update={"engine": "torch"})
    if text:
        manifest = manifest.model_copy(update={"text": describe_text(checkpoint, tokenizer)})
    if not force and artifact.is_intact(out, manifest, ("fp32",)):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    known = () if force else (out, exported_artifact("semantic"), demo_artifact("semantic"))
    with artifact.replacing(out) as directory:
        write_prompts(checkpoint, tokenizer, taxonomy, directory, manifest=manifest, known=known, shown=shown)
        part = _TorchExport(checkpoint, manifest, directory, taxonomy, shown=shown)
        figures = part.vision()
        text_figures = part.text(tokenizer) if text else None
        label = SHAPE_ONLY if weights.are_random(checkpoint) else None
        found_out: dict[str, Any] = {
            "gate": PrecisionGate(label=label, graphs=part.gates),
            "canaries": describe_canaries(part.pictures, part.canaries, part.detector, taxonomy, quantized=True),
            "files": artifact.describe_files(directory),
        }
        artifact.write_manifest(directory, manifest.model_copy(update=found_out))
    found, digest = read_manifest(out)
    return Export(found, digest, Parity(f"{len(part.fixed)} generated pictures", figures, text_figures))


class _TorchExport:
    """The towers on their way into `directory`, which holds the prompts."""

    def __init__(
        self, checkpoint: Checkpoint, manifest: SemanticManifest, directory: Path, taxonomy: Taxonomy, *, shown: bool
    ) -> None:
        self.pictures = pictures.load()
        self.fixed = parity.fixed_pictures(manifest.preprocessing.height)
        self.gates: dict[str, GraphGate] = {}
        self._checkpoint = checkpoint
        self._manifest = manifest
        self._directory = directory
        self._taxonomy = taxonomy
        self._shown = shown
        self._matrix, rows = read_prompts(directory)
        self._comparison = ImageComparison(self.pictures, self._matrix, rows, taxonomy, manifest)
        self._seen = np.empty((0, manifest.embedding_size), np.float32)
        """(pictures, embedding), unit rows of the picture set in fp32."""
        self._against = self._seen
        """The same of the fixed pictures, by the checkpoint's own code."""

    @property
    def detector(self) -> Detector:
        """The decisions on these prompts."""
        return self._comparison.detector

    @property
    def canaries(self) -> dict[str, NDArray[np.float32]]:
        """Embeddings of the canary pictures in fp32, by name."""
        places = {picture.name: place for place, picture in enumerate(self.pictures.pictures)}
        return {name: self._seen[places[name]] for name in PICTURES}

    def vision(self) -> Difference:
        """Write the vision tower: in fp32 the checkpoint's equal, in bf16 within the gate."""
        tower = weights.load_tower(self._checkpoint, "vision_model", shown=self._shown)
        by_checkpoint = parity.run_torch(tower, self.fixed, shown=self._shown)
        sizes = torch_towers.vision_sizes(tower.config)
        write_tower(self._directory / VISION_NAME, torch_towers.vision_weights(tower, sizes), sizes)
        del tower
        gc.collect()
        fp32 = self._encoder(FP32)
        difference = parity.difference(
            by_checkpoint,
            np.concatenate([fp32.encode_core(pixels) for pixels in self.fixed]),
            self._matrix,
            self._manifest.scoring,
        )
        parity.check_fp32(difference)
        self._against = np.stack([unit(row) for row in by_checkpoint])
        images = [picture.decode() for picture in self.pictures.pictures]
        pixels = [preprocess(image, self._manifest.preprocessing) for image in images]
        self._seen = self._answers("fp32", pixels, partial(_embedding, fp32))
        del fp32
        half = self._answers("bf16", pixels, partial(_embedding, self._encoder(BF16)))
        findings = self._comparison.judge(self._seen, half, range(len(pixels)))
        self.gates[VISION_NAME] = _passed(VISION_NAME, findings, compared(len(pixels), "picture"))
        return difference

    def text(self, tokenizer: PromptTokenizer) -> TextParity:
        """Write the text tower and the tokenizer, held to the same."""
        shutil.copyfile(self._checkpoint.directory / TOKENIZER, self._directory / TOKENIZER_NAME)
        texts = tuple(dict.fromkeys(text for entry in prompts.ensembles(self._taxonomy) for text in entry.texts))
        some = texts[:: -(-len(texts) // _COMPARED)]
        tower = weights.load_tower(self._checkpoint, "text_model", shown=self._shown)
        by_checkpoint = parity.run_text_torch(tower, tokenizer, some, shown=self._shown)
        sizes = torch_towers.text_sizes(tower.config)
        write_tower(self._directory / TEXT_NAME, torch_towers.text_weights(tower, sizes), sizes)
        del tower
        gc.collect()
        fp32 = self._text_encoder(FP32)
        found = parity.run_text_encoder(fp32, some, shown=self._shown)
        difference = parity.difference(by_checkpoint, found, self._against, self._manifest.scoring)
        parity.check_fp32(difference)
        plain = plain_prompts(self._taxonomy, self.detector.covers)
        reference = parity.run_text_encoder(fp32, plain, shown=self._shown)
        del fp32
        half = parity.run_text_encoder(self._text_encoder(BF16), plain, shown=self._shown)
        findings = TextJudge(self._seen, self.detector, self._manifest).judge(reference, half, range(len(plain)))
        self.gates[TEXT_NAME] = _passed(TEXT_NAME, findings, compared(len(plain), "text"))
        return TextParity(f"{len(some)} prompts", difference)

    def _encoder(self, device: Device) -> TorchImageEncoder:
        tower, _ = open_tower(self._directory / VISION_NAME, VisionSizes, VisionTower, device)
        return TorchImageEncoder(tower, self._manifest.preprocessing, device, 1)

    def _text_encoder(self, device: Device) -> TorchTextEncoder:
        text = self._manifest.text
        assert text is not None  # noqa: S101 - described before it is written
        tower, _ = open_tower(self._directory / TEXT_NAME, TextSizes, TextTower, device)
        return TorchTextEncoder(tower, open_tokenizer(self._directory / TOKENIZER_NAME), text, device)

    def _answers(
        self, precision: str, items: Sequence[Item], answer: Callable[[Item], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        rows = []
        with progress.bar(f"gate: {precision}", len(items), "picture", shown=self._shown) as bar:
            for item in items:
                rows.append(answer(item))
                bar.update()
        return np.stack(rows)


def _embedding(encoder: TorchImageEncoder, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return encoder.encode_post(encoder.encode_core(pixels))


def _passed(name: str, findings: Findings, of: str) -> GraphGate:
    """The gate's record. Raises GateError where a tolerance is missed."""
    if not findings.met:
        raise GateError(f"{name} in bf16 is too far from fp32: {describe_figures(findings)}")
    return GraphGate(compared=of, figures=findings.figures, notes=findings.notes, kept_fp32=(), kept_share=0.0)
