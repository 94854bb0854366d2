"""Batches on a GPU whose memory is too small for them, with torch's own error raised by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from functions.common.gpu.device import Device
from functions.common.gpu.memory import as_memory_allows
from functions.semantic.gpu.encoders import TorchImageEncoder
from tests.functions import fakes
from tests.functions.fakes import GRID


class Doubling:
    """Doubles what it is given, `room` rows at most."""

    def __init__(self, rows: int, room: int) -> None:
        self.rows = torch.arange(float(rows))
        self.room = room
        self.done: list[int] = []

    def __call__(self, some: slice) -> Tensor:
        part = self.rows[some]
        if len(part) > self.room:
            raise torch.OutOfMemoryError
        self.done.append(len(part))
        return part * 2


@pytest.mark.parametrize(
    ("rows", "room", "done"), [(5, 5, [5]), (5, 3, [2, 3]), (5, 1, [1] * 5), (7, 2, [1, 2, 2, 2]), (1, 1, [1])]
)
def test_what_does_not_fit_is_done_in_halves_and_in_order(rows: int, room: int, done: list[int]) -> None:
    doubling = Doubling(rows, room)
    assert as_memory_allows(doubling, 0, rows).tolist() == [2.0 * row for row in range(rows)]
    assert doubling.done == done


def test_rows_in_the_middle() -> None:
    assert as_memory_allows(Doubling(9, 2), 3, 8).tolist() == [6.0, 8.0, 10.0, 12.0, 14.0]


def test_one_row_that_does_not_fit_is_a_fault() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        as_memory_allows(Doubling(2, 0), 0, 2)


def test_too_large_a_batch_is_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    as_memory_allows(Doubling(4, 2), 0, 4)
    assert caplog.messages == ["no memory for 4 at once; GPU_BATCH_SIZE is too large for this GPU"]


class SmallTower(nn.Module):
    """A mean of each picture's channels; more than two pictures are too many."""

    def forward(self, pixels: Tensor) -> Tensor:
        if len(pixels) > 2:
            raise torch.OutOfMemoryError
        return pixels.mean(dim=(2, 3))


def test_an_engine_gives_every_picture_its_own_embedding_all_the_same(words: object) -> None:
    device = Device(torch.device("cpu"), "fp32", None)
    preprocessing = fakes.manifest(words).preprocessing  # type: ignore[arg-type]
    encoder = TorchImageEncoder(SmallTower(), preprocessing, device, batch_size=5)
    pixels = np.arange(5 * 3 * GRID * GRID, dtype=np.float32).reshape(5, 3, GRID, GRID)
    np.testing.assert_allclose(encoder.encode_core(pixels), pixels.mean(axis=(2, 3)), rtol=1e-6)
