"""The embedded prompts of an artifact: `prompts.npy` (one unit vector a row) and `prompts.json` (what each row says).

Rows are written by `models` and read here. Every row is a normalised mean of normalised text embeddings:

- `filter`: over the filter's prompts x the templates of `style` (None: the templates of all styles). Filters of the
  category `style` carry whole prompts; they take no template and have the one row with style None.
- `neutral`: one neutral description over the templates of `style`, so that a contrast compares like with like.
- `prompt`: one prompt of a filter over the templates of all styles; exists to explain a score.
- `moderation`: one description of a class over the templates of all styles.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

MATRIX_NAME = "prompts.npy"
INDEX_NAME = "prompts.json"

RowKind = Literal["filter", "prompt", "neutral", "moderation"]


class PromptRow(BaseModel):
    """What one row of the matrix stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: RowKind
    name: str
    """Filter or moderation class; for `neutral` the description."""
    style: str | None = None
    """The style whose templates were used; None: those of all styles."""
    text: str | None = None
    """The prompt or description, on the rows that hold a single one (`prompt`, `neutral`, `moderation`)."""


_INDEX = TypeAdapter(tuple[PromptRow, ...])


class PromptIndexError(Exception):
    """The matrix and its index do not fit each other, or one of them is unreadable."""


def dump_index(rows: tuple[PromptRow, ...]) -> bytes:
    """The bytes of `prompts.json`."""
    return _INDEX.dump_json(rows, exclude_none=True, indent=0)


def read_prompts(directory: Path) -> tuple[NDArray[np.float32], tuple[PromptRow, ...]]:
    """The matrix (rows, embedding) of unit vectors and the meaning of its rows.

    Raises PromptIndexError.
    """
    try:
        rows = _INDEX.validate_json((directory / INDEX_NAME).read_bytes())
        matrix = np.load(directory / MATRIX_NAME, allow_pickle=False)
    except (OSError, EOFError, ValueError, ValidationError) as error:
        raise PromptIndexError(f"{directory}: {INDEX_NAME} or {MATRIX_NAME} cannot be read") from error
    if matrix.dtype != np.float32 or matrix.ndim != 2 or len(matrix) != len(rows):
        raise PromptIndexError(
            f"{directory / MATRIX_NAME}: expected float32 of {len(rows)} rows, got {matrix.dtype} {matrix.shape}"
        )
    if not np.isfinite(matrix).all():
        raise PromptIndexError(f"{directory / MATRIX_NAME}: holds numbers that are not finite")
    return matrix, rows
