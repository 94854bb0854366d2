"""Opening the semantic artifact: encoder, prompts and detector, checked against the manifest and the taxonomy.

The text tower is opened later, by the first label that needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from functions.common.artifact import Artifact, ArtifactError, UnfitArtifact, open_artifact, open_session, warn_of_demo
from functions.common.engines import Runtime, model_reference
from functions.common.wire import ModelReference
from functions.semantic.detector import Detector, DetectorError
from functions.semantic.encoders import ENCODER_NAME, WEIGHTS_NAME, ImageEncoder, OnnxImageEncoder
from functions.semantic.labels import LabelEmbeddings, read_labels
from functions.semantic.manifest import SemanticManifest
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, PromptIndexError, read_prompts
from functions.semantic.text_encoder import TEXT_FILES, open_text_encoder
from taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """Everything one request needs of the model."""

    artifact: Artifact[SemanticManifest]
    encoder: ImageEncoder
    detector: Detector
    labels: LabelEmbeddings | None = None
    """None for an artifact without its text tower."""
    runtime: Runtime | None = None
    """What runs it, where that is not ONNX Runtime on the processor."""

    @property
    def reference(self) -> ModelReference:
        """The model as answers name it."""
        return model_reference(self.artifact, self.runtime)


def open_model(directory: Path, taxonomy: Taxonomy, threads: int) -> SemanticModel:
    """The model in `directory`, every byte that is read now verified. Raises ArtifactError."""
    artifact = open_artifact(SemanticManifest, directory)
    check_taxonomy(artifact, taxonomy)
    with artifact.verified(ENCODER_NAME, WEIGHTS_NAME):
        detector = read_detector(artifact, taxonomy)
        session = open_session(artifact.path(ENCODER_NAME), threads)
    warn_of_demo(artifact)
    encoder = OnnxImageEncoder(session, artifact.manifest.preprocessing)
    return SemanticModel(artifact, encoder, detector, _labels(artifact, threads))


def check_taxonomy(artifact: Artifact[SemanticManifest], taxonomy: Taxonomy) -> None:
    """Raises ArtifactError unless the prompts are those of this taxonomy."""
    exported = artifact.manifest.taxonomy_digest
    if exported != taxonomy.digest:
        raise UnfitArtifact(
            f"{artifact.directory}: made from taxonomy {exported[:12]}, this code has {taxonomy.digest[:12]}; "
            "export the model again",
            "the model was exported for a different taxonomy than this one, so it is not served: export it again",
        )


def read_detector(artifact: Artifact[SemanticManifest], taxonomy: Taxonomy) -> Detector:
    """The detector around the artifact's prompts, which are verified. Raises ArtifactError."""
    manifest = artifact.manifest
    with artifact.verified(INDEX_NAME, MATRIX_NAME):
        try:
            matrix, rows = read_prompts(artifact.directory)
            if matrix.shape[1] != manifest.embedding_size:
                raise ArtifactError(
                    f"{artifact.directory}: prompts of {matrix.shape[1]} dimensions for embeddings of "
                    f"{manifest.embedding_size}"
                )
            return Detector(matrix, rows, taxonomy, manifest.scoring, manifest.covers)
        except (PromptIndexError, DetectorError) as error:
            raise ArtifactError(str(error)) from error


def _labels(artifact: Artifact[SemanticManifest], threads: int) -> LabelEmbeddings | None:
    if artifact.manifest.text is None:
        return None
    for name in TEXT_FILES:
        artifact.path(name)
    return LabelEmbeddings(partial(open_text_encoder, artifact, threads), partial(read_labels, artifact))
