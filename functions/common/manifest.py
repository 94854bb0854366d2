"""`manifest.json`: what an artifact holds, where it came from, and the digests that prove it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

MANIFEST_NAME = "manifest.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Triple = tuple[float, float, float]
KeptWeights = Literal["int8", "fp32"]
"""What weights are stored in where the arithmetic is fp32."""


class ManifestError(Exception):
    """The manifest is missing, unreadable, or not of this format; the message names the file and the key."""


class Part(BaseModel):
    """A part of a manifest: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelIdentity(Part):
    """The published checkpoint an artifact was made from."""

    id: str
    revision: str | None
    """Commit of the hub repository, or None for a local folder."""
    weights_sha256: Sha256
    checkpoint_sha256: Sha256 | None = None
    """Over every file of the checkpoint the artifact depends on: weights, configuration, tokenizer."""
    demo: bool = False
    """True for the checkpoints this project trains on pictures it draws itself."""


class FileDigest(Part):
    """Size and digest of one file of the artifact."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Figure(Part):
    """Something measured, and what it may be at most."""

    value: float
    limit: float


class GraphGate(Part):
    """How far a quantised graph is from its fp32 original, measured when the artifact was made."""

    compared: str
    """How many of what: "64 pictures"."""
    figures: dict[str, Figure]
    notes: dict[str, float]
    """Measured as well, without a limit."""
    kept_fp32: tuple[str, ...]
    """Layers that are computed in fp32 for the figures to be met, by the module's name."""
    kept_share: Annotated[float, Field(ge=0, le=1)]
    """Their share of the bytes of all weights that can be quantised."""
    kept_weights: KeptWeights | None = None
    """What their weights are stored in; None where there are none."""


class PrecisionGate(Part):
    """What a quantised artifact was held to."""

    label: str | None
    """What the figures are worth where that is less than it seems: 'shape only' for random weights."""
    graphs: dict[str, GraphGate]
    """By file name."""


class PictureSetReference(Part):
    """The committed pictures that figures and canaries are about."""

    count: Annotated[int, Field(ge=1)]
    sha256: Sha256


class Canary(Part):
    """A picture of the set and what the model answers to it."""

    picture: str
    sha256: Sha256
    prompt: str | None = None
    """Sent with the picture, where the function takes a prompt."""
    expected: dict[str, float]


class Canaries(Part):
    """Pictures to ask a live endpoint about, to see that what answers is this model, run as it should be."""

    measure: Literal["logit", "reward"]
    tolerance: Annotated[float, Field(gt=0)]
    """CPUs round differently; a wrong model, wrong preprocessing or saturating products are further off."""
    pictures: tuple[Canary, ...]


class Manifest(Part):
    """What every artifact's `manifest.json` says; each function's own adds how its model is fed and what it means."""

    format: Literal[1]
    function: str
    engine: Annotated[Literal["onnxruntime", "torch"], Field(exclude_if=lambda engine: engine == "onnxruntime")] = (
        "onnxruntime"
    )
    """What opens the files; written where it is another than Lambda's."""
    model: ModelIdentity
    precision: Literal["fp32", "int8", "mixed"]
    """`mixed`: int8 but for the layers that `gate` names, which stayed in fp32."""
    target: Literal["portable", "arm64", "x86_64"]
    """`arm64` quantises with the full int8 range; `x86_64` and `portable` with the reduced one, safe without VNNI."""
    picture_set: PictureSetReference | None = None
    gate: PrecisionGate | None = None
    """None for an artifact that is not quantised."""
    canaries: Canaries | None = None
    files: dict[str, FileDigest]
    tools: dict[str, str]
    """Versions of what made the artifact."""

    @model_serializer(mode="wrap")
    def _evidence_last(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What came of making the artifact follows what its function adds: a digest depends on the order of keys."""
        written: dict[str, Any] = write(self)
        return {key: value for key, value in written.items() if key not in _EVIDENCE} | {
            key: written[key] for key in _EVIDENCE if key in written
        }


_EVIDENCE: Final = ("picture_set", "gate", "canaries", "files", "tools")

Kind = TypeVar("Kind", bound=Manifest)


def read_manifest(kind: type[Kind], directory: Path) -> tuple[Kind, str]:
    """The manifest of the artifact in `directory` and the sha256 of its bytes, which identifies the model.

    Raises ManifestError.
    """
    path = directory / MANIFEST_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        manifest = kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "(root)"
        if key == "function" and first["type"] == "literal_error":
            wanted = first["ctx"]["expected"]
            raise ManifestError(f"{path}: made for {first['input']!r}, not for {wanted}") from error
        raise ManifestError(f"{path}: {key}: {first['msg']}") from error
    return manifest, hashlib.sha256(content).hexdigest()
