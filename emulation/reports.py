"""What the emulator logs about an invocation: the REPORT line, and the lines that hold the true durations."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REPORT = re.compile(
    r"^REPORT RequestId: (?P<request_id>[0-9a-f-]+)\t.*?"
    r"(?<!Init )(?<!Billed )Duration: (?P<duration>[\d.]+) ms\tBilled Duration: (?P<billed>\d+) ms\t"
    r"Memory Size: (?P<memory>\d+) MB\t.*$",
    re.MULTILINE,
)
_INIT = re.compile(r"INIT REPORT\(durationMs: (?P<duration>[\d.]+)\)")


@dataclass(frozen=True, slots=True)
class Report:
    """One invocation as the emulator reports it.

    Of REPORT's figures only those that are true are here: under the emulator Init Duration is always near 0 and Max
    Memory Used is always Memory Size. A first invocation's `duration_ms` includes the init.
    """

    line: str
    request_id: str
    duration_ms: float
    billed_duration_ms: int
    memory_size_mb: int
    init_duration_ms: float | None
    """From INIT REPORT; None for an invocation of a warm environment."""


def parse_report(log: str) -> Report | None:
    """The last REPORT in `log`, which holds one invocation's lines.

    None if there is none, which is so when the runtime died.
    """
    reports = list(_REPORT.finditer(log))
    if not reports:
        return None
    report = reports[-1]
    init = _INIT.findall(log)
    return Report(
        line=report.group(0).rstrip(),
        request_id=report["request_id"],
        duration_ms=float(report["duration"]),
        billed_duration_ms=int(report["billed"]),
        memory_size_mb=int(report["memory"]),
        init_duration_ms=float(init[-1]) if init else None,
    )
