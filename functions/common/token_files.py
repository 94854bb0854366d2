"""What a text graph needs beside itself: a tokenizer in one file, and a table of its tokens' embeddings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from functions.common.artifact import Artifact, ArtifactError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def open_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a `tokenizer.json`; it neither pads nor cuts. Raises ArtifactError."""
    # Where no text is read nothing pays for the import.
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ArtifactError(f"{path}: tokenizers cannot read it") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def open_token_table(
    artifact: Artifact[Any], name: str, shape: tuple[int, int], dtype: type[np.floating]
) -> NDArray[Any]:
    """The table (vocabulary, width), memory-mapped: only the rows that are used are ever read, so its size is checked
    and not its content. Raises ArtifactError.
    """
    path = artifact.path(name)
    try:
        size = path.stat().st_size
        table: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise ArtifactError(f"{path}: cannot be mapped") from error
    if size != artifact.files[name].bytes or table.dtype != dtype or table.shape != shape:
        wanted = f"{np.dtype(dtype)} {shape}"
        raise ArtifactError(f"{path}: expected {wanted}, got {table.dtype} {table.shape} in {size} bytes")
    return table
