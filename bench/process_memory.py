"""What a process has taken so far, by its own account in /proc. Imported by every engine, so it imports little."""

from __future__ import annotations

from pathlib import Path

_PROCESS = Path("/proc/self")


def peak_mb() -> float:
    """Largest resident size so far, in MB (1e6 bytes), libraries and mapped files included."""
    return _status_mb("VmHWM")


def resident_mb() -> float:
    """Resident size now, in MB (1e6 bytes)."""
    return _status_mb("VmRSS")


def read_mb() -> float:
    """What this process has had read from storage so far, page faults and readahead included, in MB (1e6 bytes)."""
    return _field("io", "read_bytes") / 1e6


def forget_peak() -> None:
    """Let the peak start again from what is resident now (proc(5), clear_refs)."""
    (_PROCESS / "clear_refs").write_text("5", encoding="ascii")


def _status_mb(name: str) -> float:
    return _field("status", name) * 1024 / 1e6


def _field(file: str, name: str) -> int:
    for line in (_PROCESS / file).read_text(encoding="ascii", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    raise OSError(f"/proc/self/{file} has no {name}")
