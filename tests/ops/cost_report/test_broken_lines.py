"""A line with any one of its values broken is counted as such or taken as it is: it never stops a report."""

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ops.cost_report import document, terminal
from ops.cost_report.document import _column_minutes
from ops.cost_report.report import make_report
from ops.cost_report.sources import Source
from ops.logs.records import read_messages
from tests.ops.cost_report.test_joining import EMULATOR

LINES = EMULATOR.read_text(encoding="utf-8").splitlines()
RECEIPT = json.loads(next(line for line in LINES if line.startswith('{"_aws"')))
REPORT = {
    "type": "platform.report",
    "record": {
        "requestId": RECEIPT["request_id"],
        "status": "success",
        "metrics": {"durationMs": 1.5, "billedDurationMs": 2, "memorySizeMB": 128, "initDurationMs": 5},
    },
}
WORDS = ("x", "-1", "1e999999", "NaN", "\ud800", "../x")
RUBBISH: tuple[Any, ...] = (*WORDS, None, -1, 0, 1.5, 1e400, float("nan"), 10**30, [], {}, [None])


def mutations(document_: Any) -> Iterator[str]:
    for path in list(paths(document_)):
        for value in RUBBISH:
            changed = copy.deepcopy(document_)
            place = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            yield json.dumps(changed)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*at, key)
        yield from paths(part, (*at, key))


@pytest.mark.parametrize("line", [RECEIPT, REPORT], ids=["receipt", "report"])
def test_no_value_stops_a_report(line: dict[str, Any]) -> None:
    whole = Source("whole", read_messages(LINES))
    for changed in mutations(line):
        report = make_report([Source("broken", read_messages([changed])), whole])
        assert report.total.calls >= 7
        assert report.total.billed_usd is None or report.total.billed_usd < 1000
        terminal.render(report).encode()
        json.dumps(report.as_json()).encode()


@pytest.mark.parametrize("figure", ["-1", "1e999999999", "Infinity", "NaN", "1.5", "9" * 5000])
def test_a_text_line_with_a_figure_that_cannot_be(figure: str) -> None:
    line = f"REPORT RequestId: a-1\tDuration: 1 ms\tBilled Duration: {figure} ms\tMemory Size: 128 MB"
    records = read_messages([line, '{"_aws":' * 100_000])
    assert [one.why for one in records.unreadable] == [
        "a REPORT line with a figure that cannot be",
        "a line that should be JSON and is not, as if it were cut off",
    ]


def test_a_lone_receipt_of_another_age_makes_no_page_without_end() -> None:
    old = json.dumps(RECEIPT).replace(str(RECEIPT["_aws"]["Timestamp"]), "0")
    page = document.render(make_report([Source("log", read_messages([old, *LINES]))]))
    assert len(page) < 40_000
    assert timedelta(days=20_000) / timedelta(minutes=_column_minutes(timedelta(days=20_000))) < 36
