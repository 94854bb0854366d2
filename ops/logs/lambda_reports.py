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
_MOST: Final = 10**9
"""Of milliseconds or MB: far beyond what a function can have, so that a broken line is not added up."""


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
    try:
        if found := _START.search(message):
            duration = _figure(found["duration"])
            return Start(duration_ms=duration, phase=found["phase"], status=found["status"], provisioned=None)
        if not (found := _REPORT.search(message)):
            return None
        figures = {figure["name"]: figure["value"] for figure in _FIGURE.finditer(found["figures"])}
        return Report(
            request_id=found["request_id"],
            duration_ms=_figure(figures["Duration"]),
            billed_ms=_whole(figures["Billed Duration"]),
            memory_mb=_whole(figures["Memory Size"], least=1),
            max_memory_mb=_whole(figures["Max Memory Used"]) if "Max Memory Used" in figures else None,
            init_ms=_figure(figures["Init Duration"]) if "Init Duration" in figures else None,
            status=figures.get("Status"),
        )
    except KeyError as error:
        raise ReportError(f"a REPORT line without {error.args[0]}") from error
    except (InvalidOperation, ValueError) as error:
        raise ReportError("a REPORT line with a figure that cannot be") from error


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
                duration_ms=_figure(metrics["durationMs"]),
                phase=_optional_word(record.get("phase")),
                status=_optional_word(record.get("status")),
                provisioned=None if type_ is None else type_ == "provisioned-concurrency",
            )
        return Report(
            request_id=_word(record["requestId"]),
            duration_ms=_figure(metrics["durationMs"]),
            billed_ms=_whole(metrics["billedDurationMs"]),
            memory_mb=_whole(metrics["memorySizeMB"], least=1),
            max_memory_mb=_whole(metrics["maxMemoryUsedMB"]) if "maxMemoryUsedMB" in metrics else None,
            init_ms=_figure(metrics["initDurationMs"]) if "initDurationMs" in metrics else None,
            status=_optional_word(record.get("status")),
        )
    except KeyError as error:
        raise ReportError(f"a {kind} without {error.args[0]}") from error
    except (InvalidOperation, TypeError, ValueError) as error:
        raise ReportError(f"a {kind} with a figure that cannot be") from error


def _figure(value: object, least: int = 0) -> Decimal:
    """A figure as Lambda has them. Raises ValueError, or InvalidOperation, for any other."""
    figure = Decimal(str(value))
    if not least <= figure <= _MOST:
        raise ValueError(f"a figure is from {least} to {_MOST}")
    return figure


def _whole(value: object, least: int = 0) -> int:
    figure = _figure(value, least)
    if figure != figure.to_integral_value():
        raise ValueError("no whole number")
    return int(figure)


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _optional_word(value: object) -> str | None:
    return None if value is None else _word(value)
