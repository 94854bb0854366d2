"""The repository, and files that an operator names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ops.errors import OpsError

ROOT: Final = Path(__file__).resolve().parents[1]
"""The repository's."""


def read_file(path: Path) -> bytes:
    """Its bytes. Raises OpsError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise OpsError(f"{path}: cannot be read ({error.strerror or error})") from error


def write_file(path: Path, text: str) -> None:
    """Write it as UTF-8, over what was there. Raises OpsError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OpsError(f"{path}: cannot be written ({error.strerror or error})") from error
