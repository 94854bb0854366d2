"""What every fetch of a picture is held to, wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from functions.common.deadline import Deadline
from functions.common.errors import DownloadTooLarge, FetchTimeout

_CHUNK_BYTES: Final = 1 << 16


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
                f"the picture has at least {size} bytes; the limit is {self.max_bytes}",
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
