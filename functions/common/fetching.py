"""What every fetch of a picture has in common: its limits, and one deadline for all of its parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, TypeVar

from functions.common.errors import DownloadTooLarge, FetchTimeout

Result = TypeVar("Result")

_CHUNK_BYTES: Final = 1 << 16


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


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What fetching one picture may cost."""

    timeout_seconds: float
    """For all of it: name, connection, redirects, body."""
    max_bytes: int

    def deadline(self, latest: Deadline | None) -> Deadline:
        """The deadline of a fetch that begins now and must be over by `latest` in any case."""
        return Deadline.after(self.timeout_seconds).earlier(latest)

    def check_size(self, size: int) -> None:
        """Raises DownloadTooLarge for more bytes than are taken."""
        if size > self.max_bytes:
            raise DownloadTooLarge(
                f"the picture has {size} bytes or more, the limit is {self.max_bytes}",
                limit=self.max_bytes,
                actual=size,
            )

    def collect(self, read: Callable[[int], bytes]) -> bytes:
        """All that `read` gives, which takes a number of bytes and ends with none. Raises DownloadTooLarge."""
        chunks: list[bytes] = []
        size = 0
        while chunk := read(_CHUNK_BYTES):
            size += len(chunk)
            self.check_size(size)
            chunks.append(chunk)
        return b"".join(chunks)

    def timeout(self) -> FetchTimeout:
        """The error of a fetch that took too long."""
        limit = self.timeout_seconds
        return FetchTimeout(f"the picture did not arrive in time; the limit is {limit:g} seconds", limit=limit)
