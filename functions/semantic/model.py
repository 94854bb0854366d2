"""Opening the semantic artifact: encoder, prompts and detector, checked against the manifest and the taxonomy.

The text tower is opened later, by the first label that needs it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from functions.common.artifact import Artifact, ArtifactError, open_artifact, open_session
from functions.semantic.detector import Detector, DetectorError
from functions.semantic.encoders import ENCODER_NAME, WEIGHTS_NAME, ImageEncoder, OnnxImageEncoder
from functions.semantic.labels import LabelEmbeddings, read_labels
from functions.semantic.manifest import SemanticManifest
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, PromptIndexError, read_prompts
from functions.semantic.text_encoder import TEXT_FILES, open_text_encoder
from taxonomy import Taxonomy

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """Everything one request needs of the model."""

    artifact: Artifact[SemanticManifest]
    encoder: ImageEncoder
    detector: Detector
    labels: LabelEmbeddings | None = None
    """None for an artifact without its text tower."""


def open_model(directory: Path, taxonomy: Taxonomy, threads: int) -> SemanticModel:
    """The model in `directory`, every byte that is read now verified. Raises ArtifactError."""
    artifact = open_artifact(SemanticManifest, directory)
    exported = artifact.manifest.taxonomy_digest
    if exported != taxonomy.digest:
        raise ArtifactError(
            f"{directory}: made from taxonomy {exported[:12]}, this code has {taxonomy.digest[:12]}; "
            "export the model again"
        )
    with artifact.verified(ENCODER_NAME, WEIGHTS_NAME, INDEX_NAME, MATRIX_NAME):
        try:
            matrix, rows = read_prompts(directory)
            if matrix.shape[1] != artifact.manifest.embedding_size:
                raise ArtifactError(
                    f"{directory}: prompts of {matrix.shape[1]} dimensions for embeddings of "
                    f"{artifact.manifest.embedding_size}"
                )
            detector = Detector(matrix, rows, taxonomy, artifact.manifest.scoring, artifact.manifest.covers)
        except (PromptIndexError, DetectorError) as error:
            raise ArtifactError(str(error)) from error
        session = open_session(artifact.path(ENCODER_NAME), threads)
    if artifact.manifest.model.demo:
        logger.warning(
            "DEMO MODEL: %s knows only pictures this project draws; export a published model for real ones "
            "(make models, or SEMANTIC_ARTIFACTS=<directory>)",
            artifact.manifest.model.id,
        )
    encoder = OnnxImageEncoder(session, artifact.manifest.preprocessing)
    return SemanticModel(artifact, encoder, detector, _labels(artifact, threads))


def _labels(artifact: Artifact[SemanticManifest], threads: int) -> LabelEmbeddings | None:
    if artifact.manifest.text is None:
        return None
    for name in TEXT_FILES:
        artifact.path(name)
    return LabelEmbeddings(partial(open_text_encoder, artifact, threads), partial(read_labels, artifact))
