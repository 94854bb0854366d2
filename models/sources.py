"""Finds a checkpoint, given as a local folder or a hub repository."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models import hub, lockfile
from models.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Source:
    """A folder; with the repository's name and commit if it was downloaded from the hub."""

    directory: Path
    name: str | None = None
    revision: str | None = None


def locate(
    source: str, revision: str | None, lock: Path, *, wanted: Sequence[str] | None = None, shown: bool = False
) -> Source:
    """The folder `source`, or the hub repository's folder, downloaded at the pinned commit if the lock has one.

    `wanted` as in `hub.fetch_revision`. Raises ModelsError.
    """
    if Path(source).is_dir():
        if revision is not None:
            raise CheckpointError(f"{source} is a local folder: --revision is for hub repositories")
        return Source(Path(source))
    if not hub.is_hub_id(source):
        raise CheckpointError(f"{source} is neither a folder nor a hub repository (owner/name)")
    model = lockfile.read_lock(lock).find(source)
    if model is not None and model.commit is not None and revision in (None, model.commit):
        return Source(hub.fetch(model, shown=shown), source, model.commit)
    directory, commit = hub.fetch_revision(source, revision, wanted=wanted, shown=shown)
    return Source(directory, source, commit)
