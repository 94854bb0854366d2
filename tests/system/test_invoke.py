"""`make invoke`: one gateway event through the emulator, shown with its REPORT line."""

import json
import re

import pytest

from emulation.cli import main
from tests.system.answers import check_contract
from tests.system.subjects import Subject

pytestmark = pytest.mark.system


def test_a_call_is_shown_with_its_report(subject: Subject, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invoke", "--function", subject.name]) == 0
    shown = capsys.readouterr().out
    head, _, rest = shown.partition("\n\n")
    assert head.splitlines()[0] == "HTTP 200"
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    body, end = json.JSONDecoder().raw_decode(rest)
    check_contract(subject.name, subject.schema, body)
    assert headers["x-cost-usd"] == body["cost"]["usd"]
    report, init = rest[end:].strip().splitlines()
    assert re.fullmatch(
        r"REPORT RequestId: [0-9a-f-]{36}\t(Init Duration: [\d.]+ ms\t)?Duration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 3008 MB\tMax Memory Used: \d+ MB",
        report,
    )
    assert re.fullmatch(r"INIT REPORT Init Duration: [\d.]+ ms", init)


def test_what_is_refused_is_shown_and_no_success(subject: Subject, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invoke", "--function", subject.name, "--route", "/nowhere"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("HTTP 404\n")
    assert '"code": "not_found"' in shown
    assert "\nREPORT RequestId: " in shown
