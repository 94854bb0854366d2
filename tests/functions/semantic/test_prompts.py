"""The artifact's prompts: what is read, and what is no matrix of them."""

from pathlib import Path

import numpy as np
import pytest

from functions.semantic.prompts import (
    INDEX_NAME,
    MATRIX_NAME,
    PromptIndexError,
    PromptRow,
    dump_index,
    read_prompts,
)

ROWS = (PromptRow(kind="filter", name="hat"), PromptRow(kind="neutral", name="someone", text="someone"))
MATRIX = np.array([[1, 0], [0, 1]], dtype=np.float32)


def written(directory: Path, matrix: object, index: bytes) -> Path:
    np.save(directory / MATRIX_NAME, np.asarray(matrix))
    (directory / INDEX_NAME).write_bytes(index)
    return directory


def test_what_was_written_is_read(tmp_path: Path) -> None:
    matrix, rows = read_prompts(written(tmp_path, MATRIX, dump_index(ROWS)))
    assert rows == ROWS
    np.testing.assert_array_equal(matrix, MATRIX)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (MATRIX[:1], r"expected float32 of 2 rows, got float32 \(1, 2\)"),
        (MATRIX.astype(np.float64), "got float64"),
        (MATRIX[0], "got float32"),
        (np.array([[1, 0], [np.nan, 1]], np.float32), "not finite"),
        (np.array([[1, 0], [np.inf, 1]], np.float32), "not finite"),
    ],
)
def test_what_is_no_matrix_of_these_rows(tmp_path: Path, matrix: object, message: str) -> None:
    with pytest.raises(PromptIndexError, match=message):
        read_prompts(written(tmp_path, matrix, dump_index(ROWS)))


@pytest.mark.parametrize("index", [b"", b"[", b'[{"kind": "filter"}]', b'[{"kind": "other", "name": "a"}]'])
def test_an_index_that_cannot_be_read(tmp_path: Path, index: bytes) -> None:
    with pytest.raises(PromptIndexError, match="cannot be read"):
        read_prompts(written(tmp_path, MATRIX, index))
