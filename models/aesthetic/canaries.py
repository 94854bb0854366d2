"""Canary pictures of the aesthetic service: what the artifact answers to a few, for a deploy to compare with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from functions.aesthetic.manifest import AestheticManifest
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import IMAGE_GRAPH_NAME, REWARD_GRAPH_NAME, run_image_graph
from functions.common.artifact import open_session
from functions.common.manifest import Canaries, Canary
from models.aesthetic.comparison import RewardStage, pairs
from models.pictures import CANARIES, PictureSet

QUANTIZED_TOLERANCE: Final = 0.05
FP32_TOLERANCE: Final = 0.001
_DECIMALS: Final = 4


def ask_artifact(directory: Path, manifest: AestheticManifest, pictures: PictureSet, *, quantized: bool) -> Canaries:
    """The canaries of the artifact in `directory`, asked of its files as they will be served."""
    threads = len(os.sched_getaffinity(0))
    image = open_session(directory / IMAGE_GRAPH_NAME, threads)
    graph = RewardStage(directory, manifest).around(open_session(directory / REWARD_GRAPH_NAME, threads))

    def reward(place: int, prompt: str) -> float:
        pixels = preprocess(pictures.pictures[place].decode(), manifest.preprocessing)
        return graph.run(run_image_graph(image, pixels), prompt).raw

    return describe_canaries(pictures, reward, quantized=quantized)


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
