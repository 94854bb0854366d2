"""Export of `functions/semantic` for its GPU container: both towers as safetensors, and the embedded prompts."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.common.deployment import demo_artifact, exported_artifact
from functions.common.gpu.device import Device
from functions.common.gpu.weights import open_tower
from functions.common.token_files import open_tokenizer
from functions.semantic.detector import Detector
from functions.semantic.encoders import preprocess, unit
from functions.semantic.gpu.encoders import TEXT_NAME, VISION_NAME, TorchImageEncoder, TorchTextEncoder
from functions.semantic.gpu.towers import TextSizes, TextTower, VisionSizes, VisionTower
from functions.semantic.manifest import SemanticManifest, read_manifest
from functions.semantic.prompts import read_prompts
from functions.semantic.text_encoder import TOKENIZER_NAME
from models import artifact, pictures, torch_artifact
from models.pictures import CANARIES
from models.semantic import parity, torch_towers, weights
from models.semantic.canaries import describe_canaries
from models.semantic.checkpoint import Checkpoint
from models.semantic.comparison import ImageComparison, TextJudge, plain_prompts
from models.semantic.export import Export, describe, describe_text, write_prompts
from models.semantic.layout import TOKENIZER
from models.semantic.parity import Difference, Parity, TextParity
from models.semantic.tokenization import PromptTokenizer
from models.torch_artifact import Draft
from models.torch_files import FP32, write_tower
from taxonomy import Taxonomy


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
    manifest = torch_artifact.for_torch(describe(checkpoint, taxonomy, "portable", temperature))
    if text:
        manifest = manifest.model_copy(update={"text": describe_text(checkpoint, tokenizer)})
    if not force and artifact.is_intact(out, manifest, torch_artifact.PRECISIONS):
        found, digest = read_manifest(out)
        return Export(found, digest, None)
    known = () if force else (out, exported_artifact("semantic"), demo_artifact("semantic"))
    with torch_artifact.writing(out, manifest, random=weights.are_random(checkpoint)) as draft:
        write_prompts(checkpoint, tokenizer, taxonomy, draft.directory, manifest=manifest, known=known, shown=shown)
        towers = _Towers(checkpoint, manifest, draft, taxonomy, shown=shown)
        figures = towers.vision()
        text_figures = towers.text(tokenizer) if text else None
        draft.canaries = describe_canaries(towers.pictures, towers.canaries, towers.detector, taxonomy, quantized=True)
    found, digest = read_manifest(out)
    return Export(found, digest, Parity(f"{len(towers.fixed)} generated pictures", figures, text_figures))


class _Towers:
    """Writes the towers into the draft, which already holds the prompts, and checks them."""

    def __init__(
        self, checkpoint: Checkpoint, manifest: SemanticManifest, draft: Draft, taxonomy: Taxonomy, *, shown: bool
    ) -> None:
        self.pictures = pictures.load()
        self.fixed = parity.fixed_pictures(manifest.preprocessing.height)
        self._checkpoint = checkpoint
        self._manifest = manifest
        self._draft = draft
        self._taxonomy = taxonomy
        self._shown = shown
        self._matrix, rows = read_prompts(draft.directory)
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
        return {name: self._seen[places[name]] for name in CANARIES}

    def vision(self) -> Difference:
        """Write the vision tower: in fp32 the checkpoint's equal, in bf16 within the gate."""
        tower = weights.load_tower(self._checkpoint, "vision_model", shown=self._shown)
        by_checkpoint = parity.run_torch(tower, self.fixed, shown=self._shown)
        sizes = torch_towers.vision_sizes(tower.config)
        write_tower(self._draft.directory / VISION_NAME, torch_towers.vision_weights(tower, sizes), sizes)
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
        del fp32
        images = [picture.decode() for picture in self.pictures.pictures]
        pixels = [preprocess(image, self._manifest.preprocessing) for image in images]
        self._draft.gates[VISION_NAME], self._seen = torch_artifact.pass_gate(
            VISION_NAME,
            lambda device: _embedding(self._encoder(device)),
            pixels,
            self._comparison.judge,
            unit="picture",
            compared=f"{len(pixels)} pictures",
            shown=self._shown,
        )
        return difference

    def text(self, tokenizer: PromptTokenizer) -> TextParity:
        """Write the text tower and the tokenizer: in fp32 the checkpoint's equal, in bf16 within the gate."""
        shutil.copyfile(self._checkpoint.directory / TOKENIZER, self._draft.directory / TOKENIZER_NAME)
        texts = parity.fixed_texts(self._taxonomy)
        tower = weights.load_tower(self._checkpoint, "text_model", shown=self._shown)
        by_checkpoint = parity.run_text_torch(tower, tokenizer, texts, shown=self._shown)
        sizes = torch_towers.text_sizes(tower.config)
        write_tower(self._draft.directory / TEXT_NAME, torch_towers.text_weights(tower, sizes), sizes)
        del tower
        gc.collect()
        fp32 = self._text_encoder(FP32)
        found = parity.run_text_encoder(fp32, texts, shown=self._shown)
        difference = parity.difference(by_checkpoint, found, self._against, self._manifest.scoring)
        parity.check_fp32(difference)
        del fp32
        plain = plain_prompts(self._taxonomy, self.detector.covers)
        self._draft.gates[TEXT_NAME], _ = torch_artifact.pass_gate(
            TEXT_NAME,
            lambda device: _text_embedding(self._text_encoder(device)),
            plain,
            TextJudge(self._seen, self.detector, self._manifest).judge,
            unit="text",
            compared=f"{len(plain)} texts",
            shown=self._shown,
        )
        return TextParity(f"{len(texts)} prompts", difference)

    def _encoder(self, device: Device) -> TorchImageEncoder:
        tower, _ = open_tower(self._draft.directory / VISION_NAME, VisionSizes, VisionTower, device)
        return TorchImageEncoder(tower, self._manifest.preprocessing, device, 1)

    def _text_encoder(self, device: Device) -> TorchTextEncoder:
        text = self._manifest.text
        assert text is not None  # noqa: S101 - described before it is written
        tower, _ = open_tower(self._draft.directory / TEXT_NAME, TextSizes, TextTower, device)
        return TorchTextEncoder(tower, open_tokenizer(self._draft.directory / TOKENIZER_NAME), text, device)


def _embedding(encoder: TorchImageEncoder) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Of pixels (1, 3, height, width): the unit embedding."""
    return lambda pixels: encoder.encode_post(encoder.encode_core(pixels))


def _text_embedding(encoder: TorchTextEncoder) -> Callable[[str], NDArray[np.float32]]:
    """Of a text: the unit embedding."""
    return lambda text: encoder.encode(text).vector
