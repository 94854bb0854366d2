"""Opening an artifact: the manifest is checked, and every file is hashed while it is read."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Literal

import onnxruntime

from functions.common.manifest import FileDigest, Kind, ManifestError, read_manifest

_CHUNK_BYTES: Final = 1 << 20

logger = logging.getLogger(__name__)


class ArtifactError(Exception):
    """The artifact is missing, incomplete, damaged, or not made for this code; it must not be served."""


class UnfitArtifact(ArtifactError):
    """Intact, but exported for something other than what runs here: only another export helps, not another try.

    `told` is what callers read; the message is for the log.
    """

    def __init__(self, message: str, told: str) -> None:
        super().__init__(message)
        self.told = told


@dataclass(frozen=True, slots=True)
class Artifact(Generic[Kind]):
    """A directory with a manifest that was read and is of the right kind, and the files the manifest lists."""

    directory: Path
    manifest: Kind
    digest: str

    @property
    def files(self) -> Mapping[str, FileDigest]:
        """Size and digest by name."""
        return self.manifest.files

    def path(self, name: str) -> Path:
        """The path of a file the manifest lists. Raises ArtifactError."""
        if name not in self.files:
            raise ArtifactError(f"{self.directory}: the manifest does not list {name}")
        return self.directory / name

    @contextmanager
    def verified(self, *names: str) -> Iterator[None]:
        """Hashes the files while the body reads them, and raises ArtifactError on leaving if one does not match.

        Reading in order also brings the file into the page cache ahead of readers that jump about in it, so the
        digest costs no second read. Whatever the body made must not be used if this raises.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="verify") as pool:
            checks: list[Future[None]] = [pool.submit(_verify, self.path(name), self.files[name]) for name in names]
            try:
                yield
            finally:
                # That a file is damaged explains more than the error it caused in its reader.
                for check in checks:
                    check.result()


def open_artifact(
    kind: type[Kind], directory: Path, engine: Literal["onnxruntime", "torch"] = "onnxruntime"
) -> Artifact[Kind]:
    """The artifact in `directory`, with a manifest of this kind and files for this engine. Raises ArtifactError."""
    try:
        manifest, digest = read_manifest(kind, directory)
    except ManifestError as error:
        raise ArtifactError(str(error)) from error
    if manifest.engine != engine:
        told = "the model was exported for a different engine than this one, so it is not served"
        raise UnfitArtifact(f"{directory}: exported for {manifest.engine}, this is {engine}", told)
    return Artifact(directory, manifest, digest)


def warn_of_demo(artifact: Artifact[Kind]) -> None:
    """Says in the log that a demo model is served."""
    model, function = artifact.manifest.model, artifact.manifest.function
    if model.demo:
        logger.warning(
            "DEMO MODEL: %s knows only pictures this project draws; export a published model for real ones "
            "(make models, or %s_ARTIFACTS=<directory>)",
            model.id,
            function.upper(),
        )


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """An ONNX Runtime CPU session over `path`. Raises ArtifactError."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Otherwise the threads of a finished graph go on spinning on cores that the next graph's threads need.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's exceptions derive from Exception directly, one class for each status.
        raise ArtifactError(f"{path}: ONNX Runtime cannot open it") from error


def _verify(path: Path, expected: FileDigest) -> None:
    hasher = hashlib.sha256()
    size = 0
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK_BYTES):
                hasher.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read ({error.strerror})") from error
    if size != expected.bytes or hasher.hexdigest() != expected.sha256:
        raise ArtifactError(f"{path}: its content is not what the manifest says")
