"""Reading the small files of any checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.errors import CheckpointError


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of the checkpoint; CheckpointError where it is missing or not an object."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: missing; a checkpoint has {path.name}") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read as JSON") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: expected an object")
    return content
