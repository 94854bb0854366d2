"""`models.lock`: which commit of which hub repository, and the digest of every file taken from it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.common.manifest import FileDigest
from models.errors import LockError
from models.validation import first_problem

LOCK_PATH = Path(__file__).resolve().with_name("models.lock")

_HEADER = """\
# What `python -m models fetch` takes from the model hub, and what it must find there.
# Written by `python -m models lock`; a model without a commit is not pinned yet.
"""


class LockedModel(BaseModel):
    """One hub repository."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repo: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    function: Literal["semantic", "aesthetic"] | None = None
    """The function whose default model it is."""
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    source: str | None = None
    """Where the digests were learnt."""
    wanted: tuple[str, ...] | None = None
    """The files to take; None for those of a SigLIP, whatever its weights are called."""
    files: dict[str, FileDigest] = {}


class Lock(BaseModel):
    """The whole of `models.lock`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[LockedModel, ...]

    def find(self, repo: str) -> LockedModel | None:
        """The entry of a repository."""
        return next((model for model in self.models if model.repo == repo), None)

    def default(self, function: str) -> LockedModel:
        """The entry of a function's default model; LockError if there is none."""
        for model in self.models:
            if model.function == function:
                return model
        raise LockError(f"the lock file names no model for {function}")

    def replacing(self, entry: LockedModel) -> Lock:
        """This lock with `entry` in place of the one of the same repository, or added."""
        if self.find(entry.repo) is None:
            return Lock(models=(*self.models, entry))
        return Lock(models=tuple(entry if model.repo == entry.repo else model for model in self.models))


def read_lock(path: Path) -> Lock:
    """Read a lock file; LockError names the file and the key that is wrong."""
    try:
        return Lock.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise LockError(f"{path}: missing") from error
    except ValidationError as error:
        raise LockError(f"{path}: {first_problem(error)}") from error
    except (OSError, ValueError) as error:
        raise LockError(f"{path}: cannot be read as TOML") from error


def write_lock(lock: Lock, path: Path) -> None:
    """Write a lock file, replacing the one there only when it is whole."""
    parts = [_HEADER]
    for model in lock.models:
        lines = ["[[models]]"]
        fields = {"repo": model.repo, "function": model.function, "commit": model.commit, "source": model.source}
        # A JSON string is a TOML basic string.
        lines += [f"{key} = {json.dumps(value)}" for key, value in fields.items() if value is not None]
        if model.wanted is not None:
            lines.append(f"wanted = {json.dumps(model.wanted)}")
        if model.files:
            lines += ["", "[models.files]"]
            lines += [
                f'{json.dumps(name)} = {{ bytes = {file.bytes}, sha256 = "{file.sha256}" }}'
                for name, file in sorted(model.files.items())
            ]
        parts.append("\n".join(lines) + "\n")
    partial = path.with_name(path.name + ".partial")
    partial.write_text("\n".join(parts), encoding="utf-8")
    partial.replace(path)
