"""Checks every byte of an artifact, for when an image is built: at run time the token table is sized, not read.

    python -m functions.common.artifact_check DIR

Runs on the standard library alone, since an image is put together by a Python without the packages that go into it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

MANIFEST_NAME: Final = "manifest.json"
_CHUNK_BYTES: Final = 1 << 22


class DamagedArtifact(Exception):
    """A file is missing, unlisted, or not what the manifest says; the message names it."""


def check_artifact(directory: Path) -> int:
    """Bytes of the files in `directory`, all of them as the manifest lists them. Raises DamagedArtifact."""
    listed = _listed(directory / MANIFEST_NAME)
    found = {path.name for path in directory.iterdir()} - {MANIFEST_NAME}
    for name in sorted(found - listed.keys()):
        raise DamagedArtifact(f"{directory / name}: the manifest does not list it")
    for name, expected in listed.items():
        path = directory / name
        try:
            actual = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        except OSError as error:
            raise DamagedArtifact(f"{path}: cannot be read ({error.strerror})") from error
        if actual != expected:
            raise DamagedArtifact(f"{path}: its content is not what the manifest says")
    return sum(expected["bytes"] for expected in listed.values())


def _listed(path: Path) -> dict[str, dict[str, Any]]:
    try:
        files = json.loads(path.read_bytes())["files"]
    except OSError as error:
        raise DamagedArtifact(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedArtifact(f"{path}: holds no list of files") from error
    if not isinstance(files, dict) or not files or not all(isinstance(entry, dict) for entry in files.values()):
        raise DamagedArtifact(f"{path}: holds no list of files")
    return files


def _sha256(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()


def main(arguments: list[str]) -> int:
    """The exit status: 0 where every file is intact."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m functions.common.artifact_check DIR\n")
        return 2
    try:
        size = check_artifact(Path(arguments[0]))
    except DamagedArtifact as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{arguments[0]}: intact, {size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
