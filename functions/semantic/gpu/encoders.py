"""The torch engine: pictures and texts to embeddings, on a GPU or a processor, behind the same seams as the CPU's."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from functions.common.artifact import Artifact, ArtifactError, open_artifact, warn_of_demo
from functions.common.gpu.device import Device
from functions.common.gpu.memory import as_memory_allows
from functions.common.gpu.weights import open_tower
from functions.common.token_files import open_tokenizer
from functions.semantic.encoders import preprocess, unit
from functions.semantic.gpu.towers import TextSizes, TextTower, VisionSizes, VisionTower
from functions.semantic.labels import LabelEmbeddings, read_labels
from functions.semantic.manifest import Preprocessing, SemanticManifest, TextInput
from functions.semantic.model import SemanticModel, check_taxonomy, read_detector
from functions.semantic.text_encoder import TOKENIZER_NAME, TextEmbedding, token_ids
from taxonomy import Taxonomy

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VISION_NAME: Final = "image_encoder.safetensors"
TEXT_NAME: Final = "text_encoder.safetensors"


class TorchImageEncoder:
    """Pictures in true batches: their neighbours change nothing but the order in which a product is summed."""

    def __init__(self, tower: nn.Module, preprocessing: Preprocessing, device: Device, batch_size: int) -> None:
        self._tower = tower
        self._preprocessing = preprocessing
        self._device = device
        self.device = device.kind
        self.batch_size = batch_size

    def encode_pre(self, image: Image.Image) -> NDArray[np.float32]:
        """See ImageEncoder."""
        return preprocess(image, self._preprocessing)

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ImageEncoder. Raises FloatingPointError for a number that overflowed."""
        batch = torch.from_numpy(pixels)

        def encoded(rows: slice) -> Tensor:
            output: Tensor = self._tower(batch[rows].to(self._device.target, self._device.dtype))
            return output

        with torch.inference_mode():
            output = as_memory_allows(encoded, 0, len(batch))
        return finite(output.float().cpu().numpy(), self._device)

    def encode_post(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ImageEncoder."""
        return unit(output[0])


class TorchTextEncoder:
    """One text at a time, as labels are asked for."""

    def __init__(self, tower: nn.Module, tokenizer: Tokenizer, text: TextInput, device: Device) -> None:
        self._tower = tower
        self._tokenizer = tokenizer
        self._text = text
        self._device = device

    def encode(self, text: str) -> TextEmbedding:
        """See TextEncoder. Raises FloatingPointError for a number that overflowed."""
        ids, truncated = token_ids(self._tokenizer, self._text, text)
        with torch.inference_mode():
            output = self._tower(torch.from_numpy(ids[np.newaxis]).to(self._device.target))
        return TextEmbedding(unit(finite(output.float().cpu().numpy(), self._device)[0]), truncated)


def finite(output: NDArray[np.float32], device: Device) -> NDArray[np.float32]:
    """The output. Raises FloatingPointError where a number overflowed, as in fp16 it may: no score is made of it."""
    if not np.isfinite(output).all():
        raise FloatingPointError(f"the model's output overflows in {device.precision}")
    return output


def open_model(directory: Path, taxonomy: Taxonomy, device: Device, *, batch_size: int, threads: int) -> SemanticModel:
    """The model of a torch artifact, every byte that is read now verified. Raises ArtifactError."""
    torch.set_num_threads(threads)
    artifact = open_artifact(SemanticManifest, directory, "torch")
    check_taxonomy(artifact, taxonomy)
    manifest = artifact.manifest
    with artifact.verified(VISION_NAME):
        detector = read_detector(artifact, taxonomy)
        tower, sizes = open_tower(artifact.path(VISION_NAME), VisionSizes, VisionTower, device)
    side = manifest.preprocessing.height // sizes.patch
    if (sizes.width, sizes.length) != (manifest.embedding_size, side * side):
        raise ArtifactError(f"{artifact.path(VISION_NAME)}: its sizes are not what the manifest says")
    warn_of_demo(artifact)
    encoder = TorchImageEncoder(tower, manifest.preprocessing, device, batch_size)
    if device.kind == "cuda":
        # Kernels are loaded and memory is taken by the first batch, which is then no caller's.
        spec = manifest.preprocessing
        encoder.encode_core(np.zeros((batch_size, 3, spec.height, spec.width), np.float32))
    return SemanticModel(artifact, encoder, detector, _labels(artifact, device), device.runtime(threads))


def open_text_encoder(artifact: Artifact[SemanticManifest], device: Device) -> TorchTextEncoder:
    """The text encoder of a torch artifact that has one, verified. Raises ArtifactError."""
    text = artifact.manifest.text
    if text is None:
        raise ArtifactError(f"{artifact.directory}: exported without its text tower")
    with artifact.verified(TEXT_NAME, TOKENIZER_NAME):
        tokenizer = open_tokenizer(artifact.path(TOKENIZER_NAME))
        tower, sizes = open_tower(artifact.path(TEXT_NAME), TextSizes, TextTower, device)
    wanted = (text.length, text.width, text.vocab_size, artifact.manifest.embedding_size)
    if (sizes.length, sizes.width, sizes.vocabulary, sizes.embedding) != wanted:
        raise ArtifactError(f"{artifact.path(TEXT_NAME)}: its sizes are not what the manifest says")
    return TorchTextEncoder(tower, tokenizer, text, device)


def _labels(artifact: Artifact[SemanticManifest], device: Device) -> LabelEmbeddings | None:
    if artifact.manifest.text is None:
        return None
    for name in (TEXT_NAME, TOKENIZER_NAME):
        artifact.path(name)
    return LabelEmbeddings(partial(open_text_encoder, artifact, device), partial(read_labels, artifact))
