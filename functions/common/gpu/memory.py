"""Batches as large as the GPU's memory allows."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

logger = logging.getLogger(__name__)


def as_memory_allows(run: Callable[[slice], Tensor], start: int, end: int) -> Tensor:
    """What `run` makes of the rows from `start` to `end`: (rows, ...), together or, without the memory, in halves.

    Raises torch.OutOfMemoryError where there is not enough for one row.
    """
    try:
        return run(slice(start, end))
    except torch.OutOfMemoryError:
        if end - start == 1:
            raise
    # Outside the handler, whose exception keeps everything that the attempt had allocated alive.
    torch.cuda.empty_cache()
    middle = (start + end) // 2
    logger.warning("no memory for %d at once; GPU_BATCH_SIZE is too large for this GPU", end - start)
    return torch.cat([as_memory_allows(run, start, middle), as_memory_allows(run, middle, end)])
