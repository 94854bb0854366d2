"""The page cache: which bytes of which files it holds, and how to have it drop them."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROT_READ, _MAP_SHARED = 1, 1
_FAILED = ctypes.c_void_p(-1).value
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mmap.restype = ctypes.c_void_p
_LIBC.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
_LIBC.mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p)
_LIBC.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


@dataclass(frozen=True, slots=True)
class Eviction:
    """What became of an attempt to make files cold."""

    total_mb: float
    left_mb: float
    """What is cached all the same: pages that some process has mapped, as this interpreter's own, cannot be dropped."""

    @property
    def left_share(self) -> float:
        """The part that stayed, 0 to 1."""
        return self.left_mb / self.total_mb if self.total_mb else 0.0


def resident_bytes(path: Path) -> int:
    """How many bytes of the file the page cache holds, in whole pages. Raises OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            return 0
        address = _LIBC.mmap(None, size, _PROT_READ, _MAP_SHARED, file.fileno(), 0)
        if address == _FAILED:
            raise OSError(ctypes.get_errno(), "mmap failed", str(path))
        try:
            pages = ctypes.create_string_buffer(-(-size // mmap.PAGESIZE))
            if _LIBC.mincore(address, size, pages) != 0:
                raise OSError(ctypes.get_errno(), "mincore failed", str(path))
        finally:
            _LIBC.munmap(address, size)
    return min(size, sum(byte & 1 for byte in pages.raw) * mmap.PAGESIZE)


def evict(paths: Iterable[Path]) -> Eviction:
    """Write the files out where they are not, ask the kernel to drop them, and see what it kept. Raises OSError."""
    kept = [path for path in dict.fromkeys(paths) if path.is_file()]
    for path in kept:
        with path.open("rb") as file:
            os.fsync(file.fileno())  # a page that is not on disk yet stays
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return Eviction(
        total_mb=sum(path.stat().st_size for path in kept) / 1e6,
        left_mb=sum(resident_bytes(path) for path in kept) / 1e6,
    )
