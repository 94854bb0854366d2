"""The reward tower's part of an artifact: the reward graph, held to the rewards of both graphs in fp32."""

from __future__ import annotations

from pathlib import Path

from functions.aesthetic.manifest import AestheticManifest
from functions.aesthetic.reward_model import REWARD_GRAPH_NAME
from functions.common.manifest import GraphGate
from models import artifact
from models.aesthetic.comparison import RewardComparison, RewardStage
from models.aesthetic.vision_tower import VisionPart
from models.gate import Quantization, pass_gate
from models.pictures import PictureSet


def write(
    fp32: Path,
    manifest: AestheticManifest,
    directory: Path,
    *,
    pictures: PictureSet,
    vision: VisionPart,
    quantization: Quantization | None,
    shown: bool,
) -> GraphGate | None:
    """Bring the reward graph at `fp32` into `directory`, after the vision tower; `quantization` None leaves it in fp32.

    Raises ModelsError.
    """
    if quantization is None:
        artifact.move_graph(fp32, directory)
        return None
    return pass_gate(
        fp32,
        directory / REWARD_GRAPH_NAME,
        RewardComparison(pictures, vision.tokens, vision.by_fp32, RewardStage(directory, manifest)),
        target=manifest.target,
        quantization=quantization,
        shown=shown,
    ).record
