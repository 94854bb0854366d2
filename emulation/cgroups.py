"""How much memory a container has used, by the kernel's own account (control groups, version 1 or 2)."""

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
        memberships = dict(line.split(":", 2)[1:] for line in Path(f"/proc/{process}/cgroup").read_text().splitlines())
        if "memory" in memberships:
            group = _ROOT / "memory" / memberships["memory"].removeprefix("/")
            peak = group / "memory.max_usage_in_bytes"
        else:
            group = _ROOT / memberships[""].removeprefix("/")
            peak = group / "memory.peak"
        members = [int(line) for line in (group / "cgroup.procs").read_text().split()]
        return cls(int(peak.read_text()), max(map(_resident_peak_bytes, members)))


def _resident_peak_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
