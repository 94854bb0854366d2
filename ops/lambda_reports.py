"""What Lambda says it billed: REPORT lines, and the same as JSON (`platform.report`), however a log was saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_REPORT: Final = re.compile(r"(?:^|\s)REPORT RequestId: (?P<request_id>[0-9A-Za-z-]+)\s(?P<figures>.*)", re.DOTALL)
_FIGURE: Final = re.compile(
    r"(?P<name>Billed Restore Duration|Restore Duration|Billed Duration|Init Duration|Duration|Max Memory Used|"
    r"Memory Size|Status|Error Type): (?P<value>\S+)"
)
_START: Final = re.compile(
    r"(?:^|\s)INIT_REPORT Init Duration: (?P<duration>[\d.]+) ms(?:\s+Phase: (?P<phase>\w+))?"
    r"(?:\s+Status: (?P<status>\w+))?"
)


class ReportError(ValueError):
    """A line that says it is a report and is none; the message says what is missing, and quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One invocation as Lambda bills it.

    `billed_ms` is what the bill is made from: on demand it includes the initialisation of a first invocation, which
    `init_ms` says apart (None where there was none, and under provisioned concurrency). `status` is None in a text
    line of an invocation that went well.
    """

    request_id: str
    duration_ms: Decimal
    billed_ms: int
    memory_mb: int
    max_memory_mb: int | None = None
    init_ms: Decimal | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The initialisation of an environment where Lambda reports it by itself: ahead of any call, or because it failed.

    `provisioned` is None where the line does not say (text lines never do).
    """

    duration_ms: Decimal
    phase: str | None
    status: str | None
    provisioned: bool | None


def parse_text(message: str) -> Report | Start | None:
    """The report in a text line, or None if it is no report. Raises ReportError for one that lacks a figure."""
    if found := _START.search(message):
        return Start(
            duration_ms=Decimal(found["duration"]), phase=found["phase"], status=found["status"], provisioned=None
        )
    if not (found := _REPORT.search(message)):
        return None
    figures = {figure["name"]: figure["value"] for figure in _FIGURE.finditer(found["figures"])}
    try:
        return Report(
            request_id=found["request_id"],
            duration_ms=Decimal(figures["Duration"]),
            billed_ms=int(figures["Billed Duration"]),
            memory_mb=int(figures["Memory Size"]),
            max_memory_mb=int(figures["Max Memory Used"]) if "Max Memory Used" in figures else None,
            init_ms=Decimal(figures["Init Duration"]) if "Init Duration" in figures else None,
            status=figures.get("Status"),
        )
    except KeyError as error:
        raise ReportError(f"a REPORT line without {error.args[0]}") from error
    except (InvalidOperation, ValueError) as error:
        raise ReportError("a REPORT line in which a figure is no number") from error


def parse_json(document: Mapping[str, Any]) -> Report | Start | None:
    """The report in a line of Lambda's JSON log format, or None if it is another line. Raises ReportError.

    Numbers may be ints, floats or, read with `parse_float=Decimal`, exact.
    """
    kind = document.get("type")
    if kind not in {"platform.report", "platform.initReport"}:
        return None
    record = document.get("record")
    metrics = record.get("metrics") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(metrics, dict):
        raise ReportError(f"a {kind} without record.metrics")
    try:
        if kind == "platform.initReport":
            type_ = record.get("initializationType")
            return Start(
                duration_ms=_number(metrics["durationMs"]),
                phase=record.get("phase"),
                status=record.get("status"),
                provisioned=None if type_ is None else type_ == "provisioned-concurrency",
            )
        return Report(
            request_id=record["requestId"],
            duration_ms=_number(metrics["durationMs"]),
            billed_ms=int(_number(metrics["billedDurationMs"])),
            memory_mb=int(_number(metrics["memorySizeMB"])),
            max_memory_mb=int(_number(metrics["maxMemoryUsedMB"])) if "maxMemoryUsedMB" in metrics else None,
            init_ms=_number(metrics["initDurationMs"]) if "initDurationMs" in metrics else None,
            status=record.get("status"),
        )
    except KeyError as error:
        raise ReportError(f"a {kind} without {error.args[0]}") from error
    except (InvalidOperation, TypeError, ValueError) as error:
        raise ReportError(f"a {kind} in which a figure is no number") from error


def _number(value: object) -> Decimal:
    return Decimal(str(value))
