"""The aesthetic artifact's `manifest.json`: how pictures and prompts reach the model, and how rewards are scaled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.common.manifest import (
    Canaries,
    FileDigest,
    ModelIdentity,
    PictureSetReference,
    PrecisionGate,
    Sha256,
    Triple,
    read_manifest_as,
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CropPreprocessing(_Part):
    """The shorter side is brought to `size`, the middle cut out; nothing of this is in the checkpoint's own files."""

    size: Annotated[int, Field(ge=1)]
    resample: Literal["bicubic"] = "bicubic"
    mean: Triple
    std: Triple


class Vocabulary(_Part):
    """Where the tokenizer's word pieces came from: a source of their own, apart from the checkpoint's."""

    id: str
    revision: str | None
    sha256: Sha256


class PromptInput(_Part):
    """How a prompt reaches the reward graph: [CLS], its word pieces, [SEP], padding; each a row of the token table."""

    length: Annotated[int, Field(ge=3)]
    """Tokens in all: 35 in ImageReward, which cuts off the rest."""
    width: Annotated[int, Field(ge=1)]
    vocab_size: Annotated[int, Field(ge=1)]
    pad_id: Annotated[int, Field(ge=0)]
    unk_id: Annotated[int, Field(ge=0)]
    cls_id: Annotated[int, Field(ge=0)]
    sep_id: Annotated[int, Field(ge=0)]


class ImageTokens(_Part):
    """What the image graph gives: one vector for the whole picture, and one a patch."""

    count: Annotated[int, Field(ge=2)]
    width: Annotated[int, Field(ge=1)]


class RewardScale(_Part):
    """reward = (x - mean) / std, x the head's output; std is also the factor of a difference in a win probability."""

    mean: float
    std: Annotated[float, Field(gt=0)]


class RewardDistribution(_Part):
    """Rewards of a named set of pictures, for percentiles."""

    name: str
    quantiles: Annotated[tuple[float, ...], Field(min_length=2)]
    """At equal steps from 0 to 1, ascending."""


class AestheticManifest(_Part):
    """The whole of the aesthetic `manifest.json`."""

    format: Literal[1]
    function: Literal["aesthetic"]
    model: ModelIdentity
    vocabulary: Vocabulary
    precision: Literal["fp32", "int8", "mixed"]
    """`mixed`: int8 but for the layers that `gate` names, which stayed in fp32."""
    target: Literal["portable", "arm64", "x86_64"]
    """`arm64` quantises with the full int8 range; `x86_64` and `portable` with the reduced one, safe without VNNI."""
    preprocessing: CropPreprocessing
    image_tokens: ImageTokens
    prompt: PromptInput
    scale: RewardScale
    distribution: RewardDistribution | None = None
    picture_set: PictureSetReference | None = None
    gate: PrecisionGate | None = None
    """None for an artifact that is not quantised."""
    canaries: Canaries | None = None
    files: dict[str, FileDigest]
    tools: dict[str, str]
    """Versions of what made the artifact."""


def read_manifest(directory: Path) -> tuple[AestheticManifest, str]:
    """The manifest of the artifact in `directory` and the sha256 of its bytes, which identifies the model.

    Raises ManifestError.
    """
    return read_manifest_as(AestheticManifest, directory)
