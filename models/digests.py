"""sha256 of files, single and taken together."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from models import progress

_CHUNK_BYTES = 1 << 22
_QUICK_BYTES = 1 << 26


def file_sha256(path: Path, *, shown: bool = False) -> str:
    """The digest of one file, as hex. A bar is drawn for files that take their time."""
    digest, size = hashlib.sha256(), path.stat().st_size
    with (
        path.open("rb", buffering=0) as file,
        progress.bar(f"hash {path.name}", size, "B", shown=shown and size > _QUICK_BYTES) as bar,
    ):
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            bar.update(len(chunk))
    return digest.hexdigest()


def combined_sha256(digests: Sequence[tuple[str, str]]) -> str:
    """One digest for several named ones: the sha256 of their `sha256sum` lines, in the order of the names."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()
