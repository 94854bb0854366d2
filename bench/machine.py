"""The machine a measurement was made on, and how busy it was with other work."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
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
CALM_SHARE = 0.05
"""Of all cores: more of it taken by others is worth a word."""


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
    others_share: float
    """What other programs took of all cores, over the whole run."""
    steal_share: float
    """What the hypervisor took for other machines."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why these figures should be taken with care; nothing for a calm machine."""
        said = []
        if self.others_share > CALM_SHARE:
            said.append(
                f"other programs took {self.others_share:.0%} of the processor during the run (load average at its "
                f"start {self.load_average[0]:.2f}): read ratios, not seconds"
            )
        if self.steal_share > CALM_SHARE:
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


def shares(before: CpuTicks, after: CpuTicks, own_ticks: float) -> tuple[float, float]:
    """What part of all cores other programs had, where `own_ticks` were this one's, and what part was stolen."""
    total, stolen = after.total - before.total, after.steal - before.steal
    if total <= 0:
        return 0.0, 0.0
    others = total - (after.idle - before.idle) - stolen - own_ticks
    return max(0.0, others / total), stolen / total


class CalmWatch:
    """Measures other load from the start of a run to its end, when the run's own processes must have ended."""

    def __init__(self) -> None:
        self._load = os.getloadavg()
        self._own = _own_seconds()
        self._start = read_cpu_ticks()

    def finish(self) -> Calm:
        """What was seen."""
        ticks = (_own_seconds() - self._own) * os.sysconf("SC_CLK_TCK")
        others, stolen = shares(self._start, read_cpu_ticks(), ticks)
        return Calm(self._load, others, stolen)


def _own_seconds() -> float:
    """Processor time of this process and those it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


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
