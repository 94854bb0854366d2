"""Opening the aesthetic artifact: two graphs, the token table and the tokenizer, checked against the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from functions.aesthetic.manifest import AestheticManifest
from functions.aesthetic.reward_model import (
    IMAGE_GRAPH_NAME,
    IMAGE_WEIGHTS_NAME,
    REWARD_GRAPH_NAME,
    REWARD_WEIGHTS_NAME,
    TABLE_NAME,
    TOKENIZER_NAME,
    OnnxRewardModel,
    RewardGraph,
    RewardModel,
)
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.artifact import Artifact, ArtifactError, open_artifact, open_session, warn_of_demo
from functions.common.engines import Runtime, model_reference
from functions.common.token_files import open_token_table
from functions.common.wire import ModelReference


@dataclass(frozen=True, slots=True)
class AestheticModel:
    """Everything one request needs of the model."""

    artifact: Artifact[AestheticManifest]
    engine: RewardModel
    runtime: Runtime | None = None
    """What runs it, where that is not ONNX Runtime on the processor."""

    @property
    def reference(self) -> ModelReference:
        """The model as answers name it."""
        return model_reference(self.artifact, self.runtime)


def open_model(directory: Path, threads: int) -> AestheticModel:
    """The model in `directory`, every byte that is read now verified; of the token table, of which only the rows used
    are ever read, the size. Raises ArtifactError.
    """
    artifact = open_artifact(AestheticManifest, directory)
    manifest = artifact.manifest
    with artifact.verified(
        IMAGE_GRAPH_NAME, IMAGE_WEIGHTS_NAME, REWARD_GRAPH_NAME, REWARD_WEIGHTS_NAME, TOKENIZER_NAME
    ):
        tokenizer = open_prompt_tokenizer(artifact.path(TOKENIZER_NAME), manifest.prompt)
        image = open_session(artifact.path(IMAGE_GRAPH_NAME), threads)
        reward = open_session(artifact.path(REWARD_GRAPH_NAME), threads)
    _check_shapes(artifact, image, reward)
    warn_of_demo(artifact)
    prompt = manifest.prompt
    table = open_token_table(artifact, TABLE_NAME, (prompt.vocab_size, prompt.width), np.float32)
    engine = OnnxRewardModel(image, RewardGraph(reward, tokenizer, table), manifest.preprocessing)
    return AestheticModel(artifact, engine)


def _check_shapes(
    artifact: Artifact[AestheticManifest], image: onnxruntime.InferenceSession, reward: onnxruntime.InferenceSession
) -> None:
    manifest = artifact.manifest
    size, prompt = manifest.preprocessing.size, manifest.prompt
    tokens = (1, manifest.image_tokens.count, manifest.image_tokens.width)
    wanted = {
        IMAGE_GRAPH_NAME: [(1, 3, size, size), tokens],
        REWARD_GRAPH_NAME: [(1, prompt.length, prompt.width), (1, prompt.length), tokens, (1,)],
    }
    for name, session in ((IMAGE_GRAPH_NAME, image), (REWARD_GRAPH_NAME, reward)):
        shapes = [tuple(value.shape) for value in (*session.get_inputs(), *session.get_outputs())]
        if shapes != wanted[name]:
            raise ArtifactError(f"{artifact.path(name)}: takes and gives {shapes}, not what the manifest says")
