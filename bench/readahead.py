"""How much a disk reads beyond what was asked for: a setting that decides how much a cold start reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LINUX_DEFAULT_KB: Final = 128
"""What Linux sets for a disk it knows nothing about; machines with fast disks are often given megabytes."""

_DEVICES = Path("/sys/class/bdi")


def readahead_file(path: Path, devices: Path = _DEVICES) -> Path | None:
    """Where Linux keeps the setting, in KiB, of the disk under `path`; None where it has none (a RAM disk, say)."""
    device = path.stat().st_dev
    setting = devices / f"{os.major(device)}:{os.minor(device)}" / "read_ahead_kb"
    return setting if setting.is_file() else None


@contextmanager
def readahead(setting: Path | None, kilobytes: int = LINUX_DEFAULT_KB) -> Iterator[int | None]:
    """Have the disk read ahead `kilobytes` and, on leaving, what it did before.

    Yields what is then in force: what it was where only root may change it, None where there is no such setting.
    """
    if setting is None:
        yield None
        return
    before = setting.read_text(encoding="ascii").strip()
    try:
        setting.write_text(str(kilobytes), encoding="ascii")
    except OSError:
        yield int(before)
        return
    try:
        yield kilobytes
    finally:
        setting.write_text(before, encoding="ascii")
