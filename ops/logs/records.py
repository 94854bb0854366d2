"""Logs of a function, however they were saved, as what Lambda billed and what the receipts said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ops.logs.lambda_reports import Report, ReportError, Start, parse_json, parse_text
from ops.logs.receipts import ReceiptLine, ReceiptLineError, parse_receipt

# A line is only taken apart if it holds one of these: most lines of a log are not for us.
_OURS: Final = ('"_aws"', '"platform.report"', '"platform.initReport"')


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that should have been read and was not: its number in the log, from 1, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class LogRecords:
    """What a log holds, in its order; whatever looks like a record and cannot be read is in `unreadable`."""

    receipts: tuple[ReceiptLine, ...]
    reports: tuple[Report, ...]
    starts: tuple[Start, ...]
    unreadable: tuple[Unreadable, ...]


def read_log(path: Path) -> LogRecords:
    """A saved log: lines as CloudWatch or the emulator has them, with or without what `aws logs tail` puts before
    them, or the JSON document of `aws logs filter-log-events` or `get-log-events`. Raises OSError.
    """
    return read_messages(messages(path.read_text(encoding="utf-8", errors="replace")))


def messages(text: str) -> Iterator[str]:
    """The messages of a saved log, each without its line end."""
    if text.lstrip().startswith("{") and (events := _events(text)) is not None:
        for event in events:
            yield str(event.get("message", "")).rstrip("\r\n")
        return
    yield from text.splitlines()


def read_messages(lines: Iterable[str]) -> LogRecords:
    """What these messages hold. One may have several lines, as REPORT has with tracing on."""
    receipts: list[ReceiptLine] = []
    reports: list[Report] = []
    starts: list[Start] = []
    unreadable: list[Unreadable] = []
    for number, line in enumerate(lines, 1):
        try:
            record = _record(line)
        except (ReportError, ReceiptLineError) as error:
            unreadable.append(Unreadable(number, str(error)))
            continue
        match record:
            case ReceiptLine():
                receipts.append(record)
            case Report():
                reports.append(record)
            case Start():
                starts.append(record)
    return LogRecords(tuple(receipts), tuple(reports), tuple(starts), tuple(unreadable))


def _record(line: str) -> ReceiptLine | Report | Start | None:
    if not any(mark in line for mark in _OURS):
        return parse_text(line)
    try:
        # Before the document there may be a time and the name of a stream, which holds no brace.
        document = json.loads(line[line.index("{") :], parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ReportError("a line that should be JSON and is not, as if it were cut off") from error
    return parse_receipt(document) or parse_json(document)


def _events(text: str) -> list[dict[str, Any]] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None  # one document a line
    events = document.get("events")
    return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else None
