"""What a measurement was made on, and how calm it was there."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_STAT = Path("/proc/stat")
_ROOT = Path(__file__).resolve().parents[1]
_INSTRUCTION_SETS = (
    *("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8"),
    *("asimddp", "i8mm", "bf16", "sve"),
)
"""Those that decide how fast int8, bf16 and fp32 products are, as Linux names them."""
_PACKAGES = ("numpy", "onnxruntime", "pillow", "tokenizers", "torch", "transformers")
CALM_BUSY_SHARE = 0.1
CALM_STEAL_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Machine:
    """The hardware, as far as Linux knows it."""

    processor: str
    architecture: str
    cores: int
    """Those this process may use."""
    instruction_sets: tuple[str, ...]
    memory_mb: int
    kernel: str


@dataclass(frozen=True, slots=True)
class CpuTicks:
    """Clock ticks of all cores since boot."""

    total: int
    idle: int
    steal: int
    """Taken by the hypervisor for others."""


@dataclass(frozen=True, slots=True)
class Calm:
    """What else went on."""

    load_average: tuple[float, float, float]
    """At the start."""
    busy_share: float
    """Of all cores, over a second at the start, before anything was measured."""
    steal_share: float
    """Of all cores, over the whole run."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why these figures should be taken with care; nothing for a calm machine."""
        said = []
        if self.busy_share > CALM_BUSY_SHARE:
            said.append(
                f"other programs kept {self.busy_share:.0%} of the processor busy at the start "
                f"(load average {self.load_average[0]:.2f}): read ratios, not seconds"
            )
        if self.steal_share > CALM_STEAL_SHARE:
            said.append(f"the hypervisor took {self.steal_share:.0%} of the processor away during the run")
        return tuple(said)


def describe_machine() -> Machine:
    """This machine."""
    text = _CPU_INFO.read_text(encoding="utf-8", errors="replace")
    flags = set((_first(text, "flags") or _first(text, "Features") or "").split())
    return Machine(
        processor=_first(text, "model name") or f"{_first(text, 'CPU implementer')} {_first(text, 'CPU part')}",
        architecture=platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        instruction_sets=tuple(name for name in _INSTRUCTION_SETS if name in flags),
        memory_mb=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6),
        kernel=platform.release(),
    )


def describe_versions() -> dict[str, str | None]:
    """Versions of what is measured; `imajin` is the commit, None where there is none to ask for."""
    versions: dict[str, str | None] = {"imajin": _commit(), "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions


def read_cpu_ticks(stat: Path = _STAT) -> CpuTicks:
    """The first line of proc(5) stat: user, nice, system, idle, iowait, irq, softirq, steal (guest is part of user)."""
    ticks = [int(word) for word in stat.read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    return CpuTicks(total=sum(ticks), idle=ticks[3] + ticks[4], steal=ticks[7])


def shares(before: CpuTicks, after: CpuTicks) -> tuple[float, float]:
    """What part of all cores was busy, stolen time included, and what part was stolen."""
    total = after.total - before.total
    if total <= 0:
        return 0.0, 0.0
    return 1 - (after.idle - before.idle) / total, (after.steal - before.steal) / total


class CalmWatch:
    """Looks on from the start of a run to its end."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._load = os.getloadavg()
        self._start = read_cpu_ticks()
        time.sleep(seconds)
        self._busy, _ = shares(self._start, read_cpu_ticks())

    def finish(self) -> Calm:
        """What was seen."""
        _, stolen = shares(self._start, read_cpu_ticks())
        return Calm(self._load, self._busy, stolen)


def _first(cpu_info: str, key: str) -> str | None:
    found = re.search(rf"^{re.escape(key)}\s*:\s*(.*)$", cpu_info, re.MULTILINE)
    return found[1].strip() if found else None


def _commit() -> str | None:
    command = ("git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--exclude=*")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - nothing of a caller's
    except OSError:
        return None
    return done.stdout.strip() or None
