"""Labels embedded ahead of time into an artifact that has its text tower, so that no request waits for them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from functions.common.artifact import Artifact, ArtifactError
from functions.common.errors import InvalidRequest
from functions.common.manifest import ManifestError
from functions.semantic.labels import LABELS_INDEX_NAME, LABELS_NAME, dump_labels, label_texts, read_labels
from functions.semantic.manifest import read_manifest
from functions.semantic.text_encoder import open_text_encoder
from models import artifact, progress
from models.errors import ModelsError
from taxonomy import canonicalize


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was done: labels made now, labels the artifact holds in all, and its new digest."""

    new: int
    held: int
    digest: str


def read_label_file(path: Path) -> tuple[str, ...]:
    """The labels in a text file, one per line; empty lines and repeated labels are left out. Raises ModelsError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ModelsError(f"{path}: missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelsError(f"{path}: cannot be read as text in UTF-8") from error
    labels = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not labels:
        raise ModelsError(f"{path}: holds no labels; write one per line")
    return labels


def embed_labels(
    directory: Path, labels: Sequence[str], template: str | None = None, *, shown: bool = False
) -> Embedded:
    """Add the embeddings of `labels`, as requests with this `template` will ask for them, to the artifact.

    Those it holds already stay. Raises ModelsError, also for a label that is too long to be read to its end; the
    artifact is then as it was.
    """
    try:
        manifest, digest = read_manifest(directory)
        opened = Artifact(directory, manifest, digest)
        held = {text: known.vector for text, known in read_labels(opened).items()}
        encoder = open_text_encoder(opened, len(os.sched_getaffinity(0)))
    except (ManifestError, ArtifactError) as error:
        raise ModelsError(str(error)) from error
    new = [text for text in _texts(labels, template) if text not in held]
    for text in progress.each("embed labels", new, "label", shown=shown):
        made = encoder.encode(text)
        if made.truncated:
            raise ModelsError(f"label {text!r} has too many tokens; the limit is {encoder.length}")
        held[text] = made.vector
    if not new:
        return Embedded(0, len(held), digest)
    with artifact.replacing(directory) as changed:
        for name in manifest.files:
            if name not in (LABELS_NAME, LABELS_INDEX_NAME):
                _link(directory / name, changed / name)
        np.save(changed / LABELS_NAME, np.stack(list(held.values())), allow_pickle=False)
        (changed / LABELS_INDEX_NAME).write_bytes(dump_labels(tuple(held)))
        files = artifact.describe_files(changed, (LABELS_NAME, LABELS_INDEX_NAME))
        listed = dict(sorted((manifest.files | files).items()))
        artifact.write_manifest(changed, manifest.model_copy(update={"files": listed}))
    return Embedded(len(new), len(held), read_manifest(directory)[1])


def _texts(labels: Sequence[str], template: str | None) -> dict[str, None]:
    texts: dict[str, None] = {}
    for label in labels:
        if not canonicalize(label):
            raise ModelsError(f"label {label!r} has nothing but punctuation and spaces")
        try:
            # One at a time: a list of labels ahead may well name one twice in two ways.
            texts |= dict.fromkeys(label_texts([label], template))
        except InvalidRequest as error:
            raise ModelsError(error.detail) from error
    return texts


def _link(source: Path, destination: Path) -> None:
    """The same file under another name, without a copy where the file system can do that."""
    try:
        destination.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, destination)
