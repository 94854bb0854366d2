"""The files of any checkpoint: the small ones read, and a folder of them written whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import CheckpointError, ModelsError
from models.validation import first_problem

CARD: Final = "imajin.json"


class CheckpointCard(BaseModel):
    """`imajin.json`: what this project writes beside the checkpoints it trains itself; each kind adds to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    revision: str


Document = TypeVar("Document", bound=BaseModel)
Card = TypeVar("Card", bound=CheckpointCard)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of the checkpoint; CheckpointError where it is missing or not an object."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: missing from the checkpoint") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read as JSON") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: expected an object")
    return content


def read_document(kind: type[Document], path: Path) -> Document:
    """A JSON file of the checkpoint; CheckpointError names the file and the key that is wrong."""
    try:
        return kind.model_validate(read_json(path))
    except ValidationError as error:
        raise CheckpointError(f"{path}: {first_problem(error)}") from error


def read_card(kind: type[Card], directory: Path) -> Card | None:
    """The card in `directory`; None for a checkpoint of others, which has none. Raises CheckpointError."""
    path = directory / CARD
    return read_document(kind, path) if path.is_file() else None


@contextmanager
def creating(directory: Path) -> Iterator[Path]:
    """A new folder that becomes `directory` when the block ends well, and vanishes when it does not.

    Raises ModelsError where something is there already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ModelsError(f"{directory} is not an empty folder")
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as scratch:
        new = Path(scratch, "new")
        new.mkdir()
        yield new
        new.rename(directory)
