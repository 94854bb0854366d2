"""Deadlines: moments by which something has to be over, and when a long call stops taking on more work."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, TypeVar

from functions.common.invocation import Invocation

MARGIN_SECONDS: Final = 1.0
"""What the answer itself takes after the last piece of work."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which something has to be over, on `time.perf_counter`'s clock, as an invocation's."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.perf_counter() + seconds)

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises TimeoutError when there are none."""
        seconds = self.at - time.perf_counter()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds

    def earlier(self, other: Deadline | None) -> Deadline:
        """The one that comes first."""
        return self if other is None or self.at <= other.at else other

    def wait(self, pool: Executor, work: Callable[[], Result]) -> Result:
        """What `work` returns, for work that cannot be interrupted: past the deadline it runs on in `pool`, unread.

        Raises TimeoutError.
        """
        future = pool.submit(work)
        try:
            return future.result(self.remaining())
        finally:
            future.cancel()


def soft_deadline(call: Invocation, seconds: float) -> Deadline:
    """So many seconds from entry, or shortly before the platform gives up, whichever comes first."""
    ends = call.started + seconds
    if call.deadline is not None:
        ends = min(ends, call.deadline - MARGIN_SECONDS)
    return Deadline(ends)
