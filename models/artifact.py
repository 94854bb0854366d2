"""An artifact's folder: written whole or not at all, and recognised when it is there already."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from functions.common.manifest import (
    MANIFEST_NAME,
    FileDigest,
    Manifest,
    ManifestError,
    read_manifest,
)
from functions.semantic.manifest import SemanticManifest
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME
from models import digests
from models.errors import ModelsError

EXPORTER_REVISION = "4"
"""Raised when the code of `models` comes to write other files from the same checkpoint."""
_TOOLS = ("numpy", "onnx", "onnxruntime", "onnxscript", "pillow", "tokenizers", "torch", "transformers")
_FOUND_OUT: dict[str, object] = {"precision": "fp32", "gate": None, "canaries": None, "files": {}}
"""Keys of a manifest that are only known once the artifact is made, with placeholders."""


def tool_versions() -> dict[str, str]:
    """Versions of everything whose change could change an artifact's bytes."""
    return {"imajin-export": EXPORTER_REVISION} | {name: version(name) for name in _TOOLS}


def describe_files(directory: Path, names: Collection[str] | None = None) -> dict[str, FileDigest]:
    """Size and digest of every file in `directory`, or of these, by name."""
    return {
        path.name: FileDigest(bytes=path.stat().st_size, sha256=digests.file_sha256(path))
        for path in sorted(directory.iterdir())
        if path.name != MANIFEST_NAME and (names is None or path.name in names)
    }


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write `manifest.json`."""
    (directory / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def is_intact(directory: Path, expected: Manifest, precisions: Collection[str]) -> bool:
    """Whether `directory` holds, undamaged, what would be written.

    `expected` is the manifest without what only making the artifact tells, `precisions` those that may come of it.
    """
    try:
        found, _ = read_manifest(type(expected), directory)
    except ManifestError:
        return False
    if found.precision not in precisions:
        return False
    if found.model_copy(update=_FOUND_OUT) != expected.model_copy(update=_FOUND_OUT):
        return False
    return found.files == describe_files(directory)


def holds_prompts_of(directory: Path, expected: SemanticManifest) -> bool:
    """Whether `directory` holds, undamaged, the prompt matrix that `expected` would get.

    It depends on neither precision nor target, and embedding it is most of the work of an export.
    """
    try:
        found, _ = read_manifest(SemanticManifest, directory)
    except ManifestError:
        return False
    same = (
        found.model.checkpoint_sha256 == expected.model.checkpoint_sha256 is not None
        and found.taxonomy_digest == expected.taxonomy_digest
        and found.tools == expected.tools
    )
    return same and all(
        name in found.files
        and (directory / name).is_file()
        and digests.file_sha256(directory / name) == found.files[name].sha256
        for name in (MATRIX_NAME, INDEX_NAME)
    )


@contextmanager
def replacing(directory: Path) -> Iterator[Path]:
    """A new folder that takes the place of `directory` when the block ends well, and vanishes when it does not.

    Raises ModelsError rather than replace something that is no artifact.
    """
    if directory.exists() and not directory.is_dir():
        raise ModelsError(f"{directory} is a file: choose a folder")
    if directory.exists() and not (directory / MANIFEST_NAME).is_file() and any(directory.iterdir()):
        raise ModelsError(f"{directory} is not empty and holds no {MANIFEST_NAME}: choose another folder")
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as scratch:
        new, old = Path(scratch, "new"), Path(scratch, "old")
        new.mkdir()
        yield new
        # A function runs as another user than the one that exports, and the quantiser writes for its owner alone.
        for path in new.iterdir():
            path.chmod(0o644)
        new.chmod(0o755)
        if directory.exists():
            directory.rename(old)
        try:
            new.rename(directory)
        except OSError:
            if old.exists():
                old.rename(directory)
            raise


def move_graph(graph: Path, directory: Path) -> Path:
    """Bring a graph and the weights beside it into `directory`; its path there."""
    for path in (graph, graph.with_name(graph.name + ".data")):
        shutil.move(path, directory / path.name)
    return directory / graph.name
