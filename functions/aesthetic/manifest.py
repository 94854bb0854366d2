"""The aesthetic artifact's `manifest.json`: how pictures and prompts reach the model, and how rewards are scaled."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.common import manifest
from functions.common.manifest import Manifest, Part, Sha256, Triple


class CropPreprocessing(Part):
    """The shorter side is brought to `size`, the middle cut out; nothing of this is in the checkpoint's own files."""

    size: Annotated[int, Field(ge=1)]
    resample: Literal["bicubic"] = "bicubic"
    mean: Triple
    std: Triple


class Vocabulary(Part):
    """Where the tokenizer's word pieces came from: a source of their own, apart from the checkpoint's."""

    id: str
    revision: str | None
    sha256: Sha256


class PromptInput(Part):
    """How a prompt reaches the reward graph: [CLS], its word pieces, [SEP], padding; each a row of the token table."""

    length: Annotated[int, Field(ge=3)]
    """Tokens in all: 35 in ImageReward, which cuts off the rest."""
    width: Annotated[int, Field(ge=1)]
    vocab_size: Annotated[int, Field(ge=1)]
    pad_id: Annotated[int, Field(ge=0)]
    unk_id: Annotated[int, Field(ge=0)]
    cls_id: Annotated[int, Field(ge=0)]
    sep_id: Annotated[int, Field(ge=0)]


class ImageTokens(Part):
    """What the image graph gives: one vector for the whole picture, and one a patch."""

    count: Annotated[int, Field(ge=2)]
    width: Annotated[int, Field(ge=1)]


class RewardScale(Part):
    """reward = (x - mean) / std, x the head's output; std is also the factor of a difference in a win probability."""

    mean: float
    std: Annotated[float, Field(gt=0)]


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(after < before for before, after in pairwise(values)):
        raise ValueError("must ascend")
    return values


class RewardDistribution(Part):
    """Rewards of a named set of pictures, for percentiles."""

    name: str
    quantiles: Annotated[tuple[float, ...], Field(min_length=2), AfterValidator(_ascending)]
    """At equal steps from 0 to 1, ascending."""


class AestheticManifest(Manifest):
    """The whole of the aesthetic `manifest.json`."""

    function: Literal["aesthetic"]
    vocabulary: Vocabulary
    preprocessing: CropPreprocessing
    image_tokens: ImageTokens
    prompt: PromptInput
    scale: RewardScale
    distribution: RewardDistribution | None = None


def read_manifest(directory: Path) -> tuple[AestheticManifest, str]:
    """See functions.common.manifest."""
    return manifest.read_manifest(AestheticManifest, directory)
