"""Data-parallel steps without a network: worker processes average their gradients in shared memory."""

import importlib
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import torch
from torch import multiprocessing


class SharedGradients:
    """One worker's view of the gradients of all: a row each of a shared matrix, and a barrier."""

    def __init__(self, rank: int, rows: torch.Tensor, barrier: Barrier) -> None:
        self.rank = rank
        self._rows = rows  # (workers, parameters)
        self._barrier = barrier

    def average(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Replace every gradient by its mean over the workers, which must all call this with the same parameters."""
        own = self._rows[self.rank]
        start = 0
        for parameter in parameters:
            if parameter.grad is None:
                raise AssertionError("a parameter without a gradient has nothing to average")
            own[start : start + parameter.numel()].copy_(parameter.grad.flatten())
            start += parameter.numel()
        self._barrier.wait()
        mean = self._rows[:, :start].mean(0)
        self._barrier.wait()
        start = 0
        for parameter in parameters:
            parameter.grad = mean[start : start + parameter.numel()].view_as(parameter)
            start += parameter.numel()


def run_workers(work: Callable[..., None], workers: int, arguments: tuple[Any, ...], parameters: int) -> None:
    """Run `work(shared, *arguments)` in `workers` processes; an error in one ends all and is raised here."""
    context = multiprocessing.get_context("spawn")
    rows = torch.zeros(workers, parameters)
    share: Any = rows.share_memory_  # untyped, as spawn is
    share()
    barrier = context.Barrier(workers, timeout=600)
    spawn: Any = importlib.import_module("torch.multiprocessing.spawn").spawn
    spawn(_start, (work, rows, barrier, arguments), nprocs=workers)


def _start(
    rank: int, work: Callable[..., None], rows: torch.Tensor, barrier: Barrier, arguments: tuple[Any, ...]
) -> None:
    work(SharedGradients(rank, rows, barrier), *arguments)
