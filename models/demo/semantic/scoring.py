"""Confidences of the covered filters for pictures, with torch or with an exported artifact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from functions.semantic.detector import Detector
from functions.semantic.encoders import preprocess, unit
from functions.semantic.manifest import Scoring
from functions.semantic.model import open_model
from functions.semantic.prompts import PromptRow
from models.demo.world.scene import COVERED
from models.semantic import prompts, weights
from models.semantic.checkpoint import open_checkpoint
from models.semantic.tokenization import PromptTokenizer
from taxonomy import Taxonomy

Embed = Callable[[Image.Image], NDArray[np.float32]]
"""From a picture to its unit embedding (embedding,)."""
Scorer = Callable[[Sequence[Image.Image]], NDArray[np.float64]]
"""From pictures to their contrast confidences (pictures, filters), in the order of COVERED."""


def scorer(embed: Embed, detector: Detector) -> Scorer:
    """A scorer from any engine's embedding and a detector."""

    def score(images: Sequence[Image.Image]) -> NDArray[np.float64]:
        rows = [[entry.confidence for entry in detector.score(embed(image), COVERED)] for image in images]
        return np.array(rows, dtype=np.float64)

    return score


@dataclass(frozen=True, slots=True)
class Texts:
    """A checkpoint's prompts, embedded once, and what else turns them into a detector."""

    matrix: NDArray[np.float32]
    rows: tuple[PromptRow, ...]
    scoring: Scoring
    covers: tuple[str, ...] | None

    def detector(self, taxonomy: Taxonomy, *, temperature: float | None = None) -> Detector:
        """The detector, by default at the checkpoint's own temperature."""
        scoring = self.scoring if temperature is None else self.scoring.model_copy(update={"temperature": temperature})
        return Detector(self.matrix, self.rows, taxonomy, scoring, self.covers)


def torch_texts(directory: Path, taxonomy: Taxonomy) -> Texts:
    """The prompts of a checkpoint folder, embedded with torch in fp32."""
    checkpoint = open_checkpoint(directory)
    rows = prompts.ensembles(taxonomy)
    matrix = prompts.embed(weights.load_tower(checkpoint, "text_model"), PromptTokenizer(checkpoint), rows)
    scale, bias = weights.read_scale_and_bias(checkpoint)
    card = checkpoint.card
    scoring = Scoring(logit_scale=scale, logit_bias=bias, temperature=card.temperature if card else 1.0)
    return Texts(matrix, tuple(entry.row for entry in rows), scoring, card.covers if card else None)


def torch_embed(directory: Path) -> Embed:
    """The image tower of a checkpoint folder, run with torch in fp32."""
    checkpoint = open_checkpoint(directory)
    tower = weights.load_tower(checkpoint, "vision_model")

    def embed(image: Image.Image) -> NDArray[np.float32]:
        pixels = torch.from_numpy(preprocess(image, checkpoint.preprocessing))
        with torch.inference_mode():
            output: NDArray[np.float32] = tower(pixel_values=pixels).pooler_output.numpy()
        return unit(output[0])

    return embed


def torch_scorer(directory: Path, taxonomy: Taxonomy) -> Scorer:
    """The scorer of a checkpoint folder, run with torch in fp32."""
    return scorer(torch_embed(directory), torch_texts(directory, taxonomy).detector(taxonomy))


def artifact_scorer(directory: Path, taxonomy: Taxonomy, threads: int = 2) -> Scorer:
    """The scorer of an exported artifact: what the service runs."""
    model = open_model(directory, taxonomy, threads)

    def embed(image: Image.Image) -> NDArray[np.float32]:
        encoder = model.encoder
        return encoder.encode_post(encoder.encode_core(encoder.encode_pre(image)))

    return scorer(embed, model.detector)
