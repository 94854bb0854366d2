"""Canary pictures of the semantic service: what the artifact answers to a few, for a deploy to compare with."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from functions.common.manifest import Canaries, Canary
from functions.semantic.detector import Detector
from models.pictures import CANARIES, PictureSet
from taxonomy import Taxonomy

_FILTERS: Final = 8
_DECIMALS: Final = 4
QUANTIZED_TOLERANCE: Final = 0.25
FP32_TOLERANCE: Final = 0.02


def describe_canaries(
    pictures: PictureSet,
    embeddings: dict[str, NDArray[np.float32]],
    detector: Detector,
    taxonomy: Taxonomy,
    *,
    quantized: bool,
) -> Canaries | None:
    """Logits of some filters for CANARIES, whose `embeddings` are the artifact's own; None where it covers no filter.

    Half of the filters are those that fit the picture best. Sensitive ones are left out.
    """
    names = [entry.name for entry in taxonomy.filters if entry.name in detector.covers and not entry.sensitive]
    if not names:
        return None
    canaries = []
    for name in CANARIES:
        picture = pictures.find(name)
        if picture is None:
            raise AssertionError(f"{name} is not in the picture set")
        scores = detector.score(embeddings[name], names, profile="raw")
        logits = {score.filter: score.logit for score in scores if score.logit is not None}
        ranked = sorted(logits, key=lambda filter_name: -logits[filter_name])
        best, rest = ranked[: _FILTERS // 2], ranked[_FILTERS // 2 :]
        chosen = {*best, *rest[:: -(-len(rest) // (_FILTERS // 2)) or 1]}
        expected = {entry: round(logits[entry], _DECIMALS) for entry in names if entry in chosen}
        canaries.append(Canary(picture=name, sha256=picture.sha256, expected=expected))
    tolerance = QUANTIZED_TOLERANCE if quantized else FP32_TOLERANCE
    return Canaries(measure="logit", tolerance=tolerance, pictures=tuple(canaries))
