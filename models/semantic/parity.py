"""Do the graphs answer what the checkpoint answers? Compared on fixed pictures and on prompts, after every export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from functions.semantic.manifest import Scoring
from functions.semantic.text_encoder import TextEncoder
from models import progress
from models.errors import ParityError
from models.graph import OUTPUT_NAME
from models.semantic.image_encoder import INPUT_NAME
from models.semantic.prompts import ensembles, normalise
from models.semantic.tokenization import PromptTokenizer
from taxonomy import Taxonomy

FP32_LOGIT_LIMIT = 1e-3
TEXT_LOGIT_LIMIT = 0.02
"""For text, whose token table is rounded to float16: a rounding of 2^-12 of each weight, at a scale of about 110."""
_SEED = 20_261_120
_TEXTS = 16


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one engine's answers from another's, over all pictures and all rows of the prompt matrix."""

    max_embedding: float
    """Largest difference of a component of the normalised embedding."""
    max_logit: float
    p95_logit: float
    min_cosine: float


@dataclass(frozen=True, slots=True)
class TextParity:
    """The fp32 text graph over the float16 table against torch; logits are those against the fixed pictures."""

    texts: str
    """What was compared on."""
    fp32: Difference


@dataclass(frozen=True, slots=True)
class Parity:
    """The fp32 graph against torch. What int8 does to it is the precision gate's to tell."""

    pictures: str
    """What was compared on."""
    fp32: Difference
    text: TextParity | None = None

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)


def fixed_pictures(size: int) -> tuple[NDArray[np.float32], ...]:
    """Four preprocessed pictures of shape (1, 3, size, size) in -1..1: a ramp, rings, blocks of colour, noise."""
    rng = np.random.default_rng(_SEED)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    ramp = np.stack([x, y, -x])
    rings = np.stack([np.sin(12 * np.hypot(x, y) + phase) for phase in (0, 1, 2)])
    blocks = rng.uniform(-1, 1, (3, 8, 8)).repeat(-(-size // 8), axis=1).repeat(-(-size // 8), axis=2)[:, :size, :size]
    noise = rng.uniform(-1, 1, (3, size, size))
    return tuple(picture[np.newaxis].astype(np.float32) for picture in (ramp, rings, blocks, noise))


def fixed_texts(taxonomy: Taxonomy) -> tuple[str, ...]:
    """At most 16 of the taxonomy's prompts, evenly spread."""
    texts = tuple(dict.fromkeys(text for entry in ensembles(taxonomy) for text in entry.texts))
    return texts[:: -(-len(texts) // _TEXTS)]


def run_torch(tower: Any, pictures: Sequence[NDArray[np.float32]], *, shown: bool = False) -> NDArray[np.float32]:
    """transformers' own pooled image embeddings, (pictures, embedding), one picture at a time."""
    with torch.inference_mode():
        rows = [
            tower(pixel_values=torch.from_numpy(picture)).pooler_output.numpy()
            for picture in progress.each("run torch", pictures, "picture", shown=shown)
        ]
    return np.concatenate(rows)


def run_graph(path: Path, pictures: Sequence[NDArray[np.float32]], *, shown: bool = False) -> NDArray[np.float32]:
    """The embeddings ONNX Runtime gives for the graph at `path`, (pictures, embedding), one picture at a time."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    rows = [
        session.run([OUTPUT_NAME], {INPUT_NAME: picture})[0]
        for picture in progress.each(f"run {path.name}", pictures, "picture", shown=shown)
    ]
    return np.concatenate(rows)


def run_text_torch(
    tower: Any, tokenizer: PromptTokenizer, texts: Sequence[str], *, shown: bool = False
) -> NDArray[np.float32]:
    """transformers' own text embeddings, (texts, embedding), one text at a time."""
    with torch.inference_mode():
        rows = [
            tower(input_ids=torch.from_numpy(tokenizer.encode([text]))).pooler_output.numpy()
            for text in progress.each("run torch", texts, "text", shown=shown)
        ]
    return np.concatenate(rows)


def run_text_encoder(encoder: TextEncoder, texts: Sequence[str], *, shown: bool = False) -> NDArray[np.float32]:
    """The unit embeddings (texts, embedding) the service's own encoder gives."""
    return np.stack(
        [encoder.encode(text).vector for text in progress.each("run text encoder", texts, "text", shown=shown)]
    )


def difference(
    reference: NDArray[np.float32], answer: NDArray[np.float32], prompts: NDArray[np.float32], scoring: Scoring
) -> Difference:
    """How far embeddings (pictures, embedding) and their logits against `prompts` (rows, embedding) are apart."""
    first, second = (normalise(array.astype(np.float64)) for array in (reference, answer))
    change = np.abs((second - first) @ prompts.astype(np.float64).T) * np.exp(scoring.logit_scale)
    return Difference(
        max_embedding=float(np.abs(second - first).max()),
        max_logit=float(change.max()),
        p95_logit=float(np.percentile(change, 95)),
        min_cosine=float((first * second).sum(axis=1).min()),
    )


def check_fp32(found: Difference) -> None:
    """Raise ParityError where the fp32 graph is not the checkpoint's equal."""
    _check(found, "the fp32 graph", FP32_LOGIT_LIMIT)


def check_text(found: Difference) -> None:
    """Raise ParityError where the fp32 text graph over the float16 table is not the checkpoint's equal."""
    _check(found, "the fp32 text graph", TEXT_LOGIT_LIMIT)


def _check(found: Difference, name: str, limit: float) -> None:
    if not found.max_logit <= limit:  # also refuses NaN
        raise ParityError(f"{name} moves a logit by {found.max_logit:.2g}; the limit is {limit:g}")
