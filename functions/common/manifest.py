"""`manifest.json`: what an artifact holds, where it came from, and the digests that prove it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MANIFEST_NAME = "manifest.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Triple = tuple[float, float, float]


Kind = TypeVar("Kind", bound=BaseModel)


class ManifestError(Exception):
    """The manifest is missing, unreadable, or not of this format; the message names the file and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelIdentity(_Part):
    """The published checkpoint an artifact was made from."""

    id: str
    revision: str | None
    """Commit of the hub repository, or None for a local folder."""
    weights_sha256: Sha256
    checkpoint_sha256: Sha256 | None = None
    """Over every file of the checkpoint the artifact depends on: weights, configuration, tokenizer."""
    demo: bool = False
    """True for the checkpoints this project trains on pictures it draws itself."""


class FileDigest(_Part):
    """Size and digest of one file of the artifact."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Preprocessing(_Part):
    """How pixels reach the encoder, as read from the checkpoint's `preprocessor_config.json`."""

    height: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    resample: Literal["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]
    rescale_factor: float
    mean: Triple
    std: Triple


class Scoring(_Part):
    """`logit = exp(logit_scale) * cosine + logit_bias`; `temperature` is T of the contrast profile."""

    logit_scale: float
    """As stored in the checkpoint: the natural logarithm of the factor."""
    logit_bias: float
    temperature: Annotated[float, Field(gt=0)]
    fitted: dict[str, tuple[float, float]] | None = None
    """Platt parameters (slope, intercept) on logits by filter, where a fit exists."""


class TextInput(_Part):
    """How text reaches the text encoder: as a fixed number of token ids, each standing for a row of the token table."""

    length: Annotated[int, Field(ge=2)]
    """Tokens in a text, its end and padding included: 64 in SigLIP2."""
    width: Annotated[int, Field(ge=1)]
    vocab_size: Annotated[int, Field(ge=1)]
    pad_id: Annotated[int, Field(ge=0)]
    eos_id: Annotated[int, Field(ge=0)]


class Figure(_Part):
    """Something measured, and what it may be at most."""

    value: float
    limit: float


class GraphGate(_Part):
    """How far a quantised graph is from its fp32 original, measured when the artifact was made."""

    compared: str
    """How many of what: "64 pictures"."""
    figures: dict[str, Figure]
    notes: dict[str, float]
    """Measured as well, without a limit."""
    kept_fp32: tuple[str, ...]
    """Layers that stayed in fp32 for the figures to be met, by the module's name."""
    kept_share: Annotated[float, Field(ge=0, le=1)]
    """Their share of the bytes of all weights that can be quantised."""


class PrecisionGate(_Part):
    """What a quantised artifact was held to."""

    label: str | None
    """What the figures are worth where that is less than it seems: 'shape only' for random weights."""
    graphs: dict[str, GraphGate]
    """By file name."""


class PictureSetReference(_Part):
    """The committed pictures that figures and canaries are about."""

    count: Annotated[int, Field(ge=1)]
    sha256: Sha256


class Canary(_Part):
    """A picture of the set and what the model answers to it."""

    picture: str
    sha256: Sha256
    prompt: str | None = None
    """Sent with the picture, where the function takes a prompt."""
    expected: dict[str, float]


class Canaries(_Part):
    """Pictures to ask a live endpoint about, to see that what answers is this model, run as it should be."""

    measure: Literal["logit", "reward"]
    tolerance: Annotated[float, Field(gt=0)]
    """CPUs round differently; a wrong model, wrong preprocessing or saturating products are further off."""
    pictures: tuple[Canary, ...]


class Manifest(_Part):
    """The whole of `manifest.json`."""

    format: Literal[1]
    function: Literal["semantic", "aesthetic"]
    model: ModelIdentity
    precision: Literal["fp32", "int8", "mixed"]
    """`mixed`: int8 but for the layers that `gate` names, which stayed in fp32."""
    target: Literal["portable", "arm64", "x86_64"]
    """`arm64` quantises with the full int8 range; `x86_64` and `portable` with the reduced one, safe without VNNI."""
    embedding_size: Annotated[int, Field(ge=1)]
    preprocessing: Preprocessing
    scoring: Scoring
    text: TextInput | None = None
    """None for an artifact without its text tower."""
    taxonomy_digest: Sha256
    covers: tuple[str, ...] | None
    """Filters and moderation classes the model was trained to tell; None means all of them."""
    picture_set: PictureSetReference | None = None
    gate: PrecisionGate | None = None
    """None for an artifact that is not quantised."""
    canaries: Canaries | None = None
    files: dict[str, FileDigest]
    tools: dict[str, str]
    """Versions of what made the artifact."""


def read_manifest(directory: Path) -> tuple[Manifest, str]:
    """The manifest of the artifact in `directory` and the sha256 of its bytes, which identifies the model.

    Raises ManifestError.
    """
    return read_manifest_as(Manifest, directory)


def read_manifest_as(kind: type[Kind], directory: Path) -> tuple[Kind, str]:
    """As `read_manifest`, for a manifest of that kind."""
    path = directory / MANIFEST_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        manifest = kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"])) or "(root)"
        raise ManifestError(f"{path}: {key}: {first['msg']}") from error
    return manifest, hashlib.sha256(content).hexdigest()
