"""Where the lines of a report come from: saved logs, each read as the log of one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OpsError
from ops.logs.records import LogRecords, read_log


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of one log. `name` is its file or log group."""

    name: str
    records: LogRecords


def read_files(paths: Iterable[Path]) -> list[Source]:
    """Saved logs. Raises OpsError where one cannot be read, or nothing in any of them is a report or a receipt."""
    sources = []
    for path in paths:
        try:
            sources.append(Source(path.name, read_log(path)))
        except OSError as error:
            raise OpsError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not any(source.records.receipts or source.records.reports for source in sources):
        raise OpsError("no line of these files is a receipt or a report by Lambda")
    return sources
