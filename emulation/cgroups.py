"""What a container has used and may use, by the kernel's own account (control groups, version 1 or 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_ROOT: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class CgroupMemory:
    """Peaks since the container started.

    `peak_bytes` counts what the limit counts: the processes' memory, /tmp, and files read, of which the kernel gives up
    what it needs to. `resident_peak_bytes` is the largest single process's resident set.
    """

    peak_bytes: int
    resident_peak_bytes: int

    @classmethod
    def of_process(cls, process: int) -> Self:
        """The memory of the group that `process` is in. Raises FileNotFoundError if it has ended."""
        group, version = _group(process, "memory")
        peak = group / ("memory.peak" if version == 2 else "memory.max_usage_in_bytes")
        members = [int(line) for line in (group / "cgroup.procs").read_text().split()]
        return cls(int(peak.read_text()), max(map(_resident_peak_bytes, members)))


def cpu_limit(process: int) -> float | None:
    """How many processors' time the group that `process` is in may take; None for no limit.

    Raises FileNotFoundError if it has ended.
    """
    group, version = _group(process, "cpu")
    if version == 2:
        quota, period = (group / "cpu.max").read_text().split()
    else:
        quota, period = ((group / f"cpu.cfs_{figure}_us").read_text().strip() for figure in ("quota", "period"))
    return None if quota in {"max", "-1"} else int(quota) / int(period)


def _group(process: int, controller: str) -> tuple[Path, int]:
    """The folder of the group that `process` is in, and the version of control groups it is one of."""
    memberships = dict(line.split(":", 2)[1:] for line in Path(f"/proc/{process}/cgroup").read_text().splitlines())
    for controllers, path in memberships.items():
        if controller in controllers.split(","):
            return _ROOT / controllers / path.removeprefix("/"), 1
    return _ROOT / memberships[""].removeprefix("/"), 2


def _resident_peak_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
