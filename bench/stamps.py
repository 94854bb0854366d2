"""Prepared files, kept until what they were made from changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

STAMP = "made-from.json"


def describe_sources(paths: Sequence[Path]) -> dict[str, list[int]]:
    """Size and time of change of each file, by path: enough to notice another one in its place."""
    return {str(path.resolve()): [path.stat().st_size, path.stat().st_mtime_ns] for path in paths}


def kept(directory: Path, made_from: Mapping[str, Any], make: Callable[[Path], None]) -> bool:
    """Have `make` fill `directory`, unless it holds what was made from the same before; whether it did.

    The folder appears whole or not at all.
    """
    stamp = directory / STAMP
    wanted = json.loads(json.dumps(made_from))
    if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == wanted:
        return True
    scratch = directory.with_name(f".{directory.name}-new")
    for folder in (scratch, directory):
        shutil.rmtree(folder, ignore_errors=True)
    scratch.mkdir(parents=True)
    make(scratch)
    (scratch / STAMP).write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    scratch.rename(directory)
    return False
