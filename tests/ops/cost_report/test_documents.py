"""What a report looks like: the table and notes of the terminal, the JSON, and the page."""

import html.parser
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ops.charts.bars import draw_bars
from ops.charts.columns import Series
from ops.cli import main
from ops.cost_report import document, terminal
from ops.cost_report.kept import Kept
from ops.cost_report.report import CostReport, make_report
from ops.cost_report.sources import Source, read_files
from ops.logs.lambda_reports import Report
from ops.logs.records import LogRecords, Unreadable
from tests.ops.cost_report.test_joining import EMULATOR, line, report, source


class Outline(html.parser.HTMLParser):
    """Tags that are open, what they refer to, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.references: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def everything() -> CostReport:
    lost = Report(request_id="d", duration_ms=Decimal(9000), billed_ms=9000, memory_mb=4096, status="timeout")
    cut = Source("cut", LogRecords((), (), (), (Unreadable(3, "cut off"),)))
    return make_report(
        [source(line("a"), report("a", 1504), line("ccc", images=0), report("ccc"), lost), cut],
        [Kept("semantic", 1, 3600)],
    )


def test_the_terminal() -> None:
    lines = terminal.render(everything()).splitlines()
    # 1504 ms and 1500 ms with a gateway's price, 9000 ms without one.
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:5]] == [
        [
            *("semantic", "/detect", "key:k1", "2", "1", "0.0%", "0.000167"),
            *("0.000168", "+0.13%", "0.168", "0.00200"),
        ],
        [*("semantic", "(no receipt)", "–", "1", "0", "0.0%", "–"), *("0.000480", "–", "–", "–")],
        [*("all", "all", "all", "3", "1", "0.0%", "0.000167"), *("0.000648", "+0.13%", "0.648", "0.00200")],
    ]
    assert lines[5] == ""
    assert lines[6].startswith("- 2 of 2 receipts are within 2 ms or 1 %")
    assert lines[7] == (
        "- 'estimated' covers 2 receipts, 'billed' 3 reports by Lambda, 'difference' the 2 calls with both."
    )
    assert lines[8].startswith("- 1 call without a receipt")
    assert lines[9] == "- semantic: 1 kept ready for 1 h, at an unknown price: no call ran there."
    assert lines[-1] == "- 1 line could not be read: cut off, or in an unknown format."


def test_the_page_is_whole_and_fetches_nothing() -> None:
    text = document.render(everything())
    parsed = outline(text)
    assert parsed.references == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(parsed.seen)
    assert "url(" not in text
    assert "@import" not in text
    assert parsed.seen.count("svg") == 4
    assert "(no receipt)" in parsed.text
    assert "prefers-color-scheme:dark" in text


def test_what_callers_are_called_is_escaped() -> None:
    records = read_files([EMULATOR])[0].records
    (first, *_), reports = records.receipts, records.reports
    hostile = replace(first, caller="key:<b>&", route="/<i>")
    page = document.render(make_report([Source("x", LogRecords((hostile,), reports, (), ()))]))
    assert "key:<b>&" in outline(page).text
    assert "<i>" not in page


def test_a_log_without_receipts_has_a_page_too() -> None:
    assert outline(document.render(make_report([source(report("a"))]))).seen.count("svg") == 1


def test_the_command_on_saved_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    assert (
        main(["cost-report", "--logs", str(EMULATOR), "--kept", "semantic=1x24h", "--json", "--html", str(page)]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["total"]["receipts"] == told["total"]["reports"] == 7
    assert told["provisioned"][0]["usd"] is None, "none of these calls ran under provisioned concurrency"
    assert outline(page.read_text()).seen.count("svg") == 4
    assert main(["cost-report", "--logs", str(EMULATOR)]) == 0
    assert "7 of 7 receipts" in capsys.readouterr().out


def test_what_is_not_known_has_a_dash_and_no_bar() -> None:
    picture = draw_bars("Cost", "", ["a"], [Series("estimated", [None]), Series("billed", [0.0128])], figure=str)
    assert picture.count('<rect class="s1"') == 1, "in the legend alone"
    assert picture.count('<rect class="s2"') == 2
    assert outline(picture).text.split()[-2:] == ["–", "0.0128"]
