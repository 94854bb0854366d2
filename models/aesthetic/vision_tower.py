"""The vision tower's part of an artifact: the image graph and, where it is quantised, its way through the gate."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from functions.aesthetic.manifest import AestheticManifest
from functions.aesthetic.reward_model import IMAGE_GRAPH_NAME
from functions.common.artifact import open_session
from functions.common.manifest import GraphGate
from models import artifact, progress
from models.aesthetic.comparison import ImageComparison, RewardStage
from models.gate import Quantization, pass_gate
from models.pictures import PictureSet


@dataclass(frozen=True, slots=True)
class VisionPart:
    """What became of the image graph, and what the reward graph is then judged with."""

    gate: GraphGate | None
    by_fp32: NDArray[np.float32]
    """(pictures, prompts), rewards of both graphs in fp32; empty where nothing was quantised."""
    tokens: tuple[NDArray[np.float32], ...]
    """(1, count, width) for each picture, by the graph that will be served; none where nothing was quantised."""


def write(
    fp32: Path,
    fp32_reward: Path,
    manifest: AestheticManifest,
    directory: Path,
    *,
    pictures: PictureSet,
    quantization: Quantization | None,
    shown: bool,
) -> VisionPart:
    """Bring the image graph at `fp32` into `directory`, which holds token table and tokenizer; None leaves it in fp32.

    It is judged by the rewards that the graph at `fp32_reward` gives for its image tokens. Raises ModelsError.
    """
    if quantization is None:
        artifact.move_graph(fp32, directory)
        return VisionPart(None, np.empty((0, 0), np.float32), ())
    threads = len(os.sched_getaffinity(0))
    judge = RewardStage(directory, manifest).around(open_session(fp32_reward, threads))
    comparison = ImageComparison(pictures, manifest, judge)
    graph = directory / IMAGE_GRAPH_NAME
    verdict = pass_gate(fp32, graph, comparison, target=manifest.target, quantization=quantization, shown=shown)
    session = open_session(graph, threads)
    places = progress.each(f"run {graph.name}", range(len(comparison)), comparison.unit, shown=shown)
    return VisionPart(verdict.record, verdict.reference, tuple(comparison.tokens(session, place) for place in places))
