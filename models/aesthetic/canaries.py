"""Canary pictures of the aesthetic service: what the artifact answers to a few, for a deploy to compare with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from functions.common.manifest import Canaries, Canary
from models.aesthetic.comparison import pairs
from models.pictures import CANARIES, PictureSet

QUANTIZED_TOLERANCE: Final = 0.05
FP32_TOLERANCE: Final = 0.001
_DECIMALS: Final = 4


def describe_canaries(pictures: PictureSet, reward: Callable[[int, str], float], *, quantized: bool) -> Canaries:
    """The rewards of CANARIES for their captions; `reward` gives the artifact's own, by place in the set and prompt."""
    places = {picture.name: place for place, picture in enumerate(pictures.pictures)}
    canaries = []
    for name in CANARIES:
        if name not in places:
            raise AssertionError(f"{name} is not in the picture set")
        pair = pairs(pictures)[places[name]][0]
        canaries.append(
            Canary(
                picture=name,
                sha256=pictures.pictures[pair.picture].sha256,
                prompt=pair.prompt,
                expected={"raw_score": round(reward(pair.picture, pair.prompt), _DECIMALS)},
            )
        )
    return Canaries(
        measure="reward",
        tolerance=QUANTIZED_TOLERANCE if quantized else FP32_TOLERANCE,
        pictures=tuple(canaries),
    )
