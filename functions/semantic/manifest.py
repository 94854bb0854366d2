"""The semantic artifact's `manifest.json`: how pictures and texts reach the encoders, and how they are scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from functions.common import manifest
from functions.common.manifest import Manifest, Part, Sha256, Triple


class Preprocessing(Part):
    """How pixels reach the encoder, as read from the checkpoint's `preprocessor_config.json`."""

    height: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    resample: Literal["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]
    rescale_factor: float
    mean: Triple
    std: Triple


class Scoring(Part):
    """`logit = exp(logit_scale) * cosine + logit_bias`; `temperature` is T of the contrast profile."""

    logit_scale: float
    """As stored in the checkpoint: the natural logarithm of the factor."""
    logit_bias: float
    temperature: Annotated[float, Field(gt=0)]
    fitted: dict[str, tuple[float, float]] | None = None
    """Platt parameters (slope, intercept) on logits by filter, where a fit exists."""


class TextInput(Part):
    """How text reaches the text encoder: as a fixed number of token ids, each standing for a row of the token table."""

    length: Annotated[int, Field(ge=2)]
    """Tokens in a text, its end and padding included: 64 in SigLIP2."""
    width: Annotated[int, Field(ge=1)]
    vocab_size: Annotated[int, Field(ge=1)]
    pad_id: Annotated[int, Field(ge=0)]
    eos_id: Annotated[int, Field(ge=0)]


class SemanticManifest(Manifest):
    """The whole of the semantic `manifest.json`."""

    function: Literal["semantic"]
    embedding_size: Annotated[int, Field(ge=1)]
    preprocessing: Preprocessing
    scoring: Scoring
    text: TextInput | None = None
    """None for an artifact without its text tower."""
    taxonomy_digest: Sha256
    covers: tuple[str, ...] | None
    """Filters and moderation classes the model was trained to tell; None means all of them."""


def read_manifest(directory: Path) -> tuple[SemanticManifest, str]:
    """See functions.common.manifest."""
    return manifest.read_manifest(SemanticManifest, directory)
