"""Reading logs: real lines of the emulator, the forms that AWS documents, and lines that are cut short."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.common.exchange import begin
from functions.common.invocation import Invocation
from functions.common.metrics import MetricsLog
from functions.common.receipts import Cashier, Platform, Work
from ops.logs.lambda_reports import Report, ReportError, Start, parse_json, parse_text
from ops.logs.receipts import parse_receipt
from ops.logs.records import LogRecords, Unreadable, messages, read_log, read_messages

EMULATOR = Path(__file__).with_name("emulator.log")
ID = "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa"


def emulated() -> LogRecords:
    return read_log(EMULATOR)


def test_the_emulators_log_is_read_whole() -> None:
    records = emulated()
    assert records.unreadable == ()
    assert [(line.route, line.status, line.images, line.cold) for line in records.receipts] == [
        ("/detect", 200, 1, True),
        ("/align", 200, 1, False),
        ("/batch", 200, 1, False),  # of two pictures one was refused
        ("/health", 200, 0, False),
        ("/detect", 422, 0, False),
        ("unmatched", 404, 0, False),
        ("/detect", 200, 1, False),
    ]
    assert [report.request_id for report in records.reports] == [line.request_id for line in records.receipts]
    assert {(line.function, line.stage, line.caller) for line in records.receipts} == {
        ("semantic", "prod", "key:k1l2m3n4o5")
    }


def test_a_receipt_is_read_as_it_was_answered() -> None:
    first = emulated().receipts[0]
    assert first.at.tzinfo is UTC
    assert first.receipt is not None
    assert first.receipt.memory_mb == 3008
    assert first.receipt.items is None
    assert first.receipt.estimated_for is None
    assert 0 < first.receipt.init_ms < first.receipt.billed_ms
    parts = (first.receipt.compute_usd, first.receipt.request_usd, first.receipt.gateway_usd)
    assert first.usd == sum(Decimal(part or "nan") for part in parts)
    assert first.rekognition_usd == Decimal("0.001")
    assert emulated().receipts[3].rekognition_usd is None, "/health judges nothing"


@pytest.mark.parametrize(
    ("region", "instance_type", "idle_seconds"),
    [
        ("us-east-1", None, None),
        ("eu-west-1", None, None),  # Rekognition's price is not known there
        ("eu-central-1", None, None),  # and hardly any other
        ("us-east-1", "ml.g6.xlarge", 600.0),
        ("us-east-1", "ml.g6.xlarge", None),
        ("us-east-1", "self-hosted", 600.0),
    ],
)
def test_a_line_without_what_is_not_known_is_the_whole_receipt(
    region: str, instance_type: str | None, idle_seconds: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = Platform(
        region, 4096, "arm64", provisioned=False, gateway="rest", estimated=False, instance_type=instance_type
    )
    work = Work(images=1, counterpart="labels", idle_seconds=idle_seconds)
    exchange = begin(Invocation(), None, Cashier(platform))
    exchange.cost = exchange.cashier.receipt(1500, work)
    MetricsLog("semantic", "prod").emit(exchange, "/detect", 200)
    records = read_messages(capsys.readouterr().out.splitlines())
    assert records.unreadable == ()
    assert exchange.cost is not None
    assert [line.receipt for line in records.receipts] == [exchange.cost]


def test_what_the_emulator_billed() -> None:
    cold, warm, *_ = emulated().reports
    assert cold.billed_ms > 100 > warm.billed_ms
    assert cold.memory_mb == warm.memory_mb == 3008
    assert warm.init_ms is None
    assert [report.billed_ms >= report.duration_ms > report.billed_ms - 1 for report in (cold, warm)] == [True, True]


# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
DOCUMENTED = (
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\tBilled Duration: 16 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 56 MB\tInit Duration: 130.49 ms\n"
    "XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\n"
)
DOCUMENTED_REPORT = Report(
    request_id="8f507cfc-xmpl-4697-b07a-ac58fc914c95",
    duration_ms=Decimal("15.74"),
    billed_ms=16,
    memory_mb=128,
    max_memory_mb=56,
    init_ms=Decimal("130.49"),
)
WARM = f"REPORT RequestId: {ID}\tDuration: 1.69 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB"


@pytest.mark.parametrize(
    ("message", "report"),
    [
        (DOCUMENTED, DOCUMENTED_REPORT),
        (DOCUMENTED.replace("\t", "  "), DOCUMENTED_REPORT),
        (f"2026-11-20T09:45:22.417000+00:00 2026/11/20/[$LATEST]77f5e2 {DOCUMENTED}", DOCUMENTED_REPORT),
        (f"2026-11-20T09:45:22 {DOCUMENTED}", DOCUMENTED_REPORT),
        (
            WARM,
            Report(request_id=ID, duration_ms=Decimal("1.69"), billed_ms=2, memory_mb=128, max_memory_mb=40),
        ),
        (
            WARM.replace("1.69", "3000.00").replace("Billed Duration: 2", "Billed Duration: 3000")
            + "\tStatus: timeout",
            Report(
                request_id=ID,
                duration_ms=Decimal(3000),
                billed_ms=3000,
                memory_mb=128,
                max_memory_mb=40,
                status="timeout",
            ),
        ),
        (
            "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout",
            Start(duration_ms=Decimal("9999.79"), phase="init", status="timeout", provisioned=None),
        ),
        (
            "INIT_REPORT Init Duration: 150.79 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
            Start(duration_ms=Decimal("150.79"), phase="init", status="error", provisioned=None),
        ),
        ("END RequestId: " + ID, None),
        ("REPORT follows", None),
        ("", None),
    ],
)
def test_text_lines(message: str, report: Report | Start | None) -> None:
    assert parse_text(message) == report


# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
PLATFORM_REPORT: dict[str, Any] = {
    "time": "2022-10-12T00:01:15.000Z",
    "type": "platform.report",
    "record": {
        "requestId": ID,
        "metrics": {
            "billedDurationMs": 694,
            "durationMs": 693.92,
            "initDurationMs": 397.68,
            "maxMemoryUsedMB": 84,
            "memorySizeMB": 128,
        },
    },
}
PLATFORM_START: dict[str, Any] = {
    "time": "2022-10-12T00:01:15.000Z",
    "type": "platform.initReport",
    "record": {
        "initializationType": "on-demand",
        "status": "success",
        "phase": "init",
        "metrics": {"durationMs": 125.33},
    },
}


def test_json_lines() -> None:
    assert parse_json(PLATFORM_REPORT) == Report(
        request_id=ID,
        duration_ms=Decimal("693.92"),
        billed_ms=694,
        memory_mb=128,
        max_memory_mb=84,
        init_ms=Decimal("397.68"),
    )
    failed = json.loads(json.dumps(PLATFORM_REPORT))
    failed["record"]["status"] = "timeout"
    del failed["record"]["metrics"]["initDurationMs"]
    read = parse_json(failed)
    assert isinstance(read, Report)
    assert (read.status, read.init_ms) == ("timeout", None)
    assert parse_json(PLATFORM_START) == Start(
        duration_ms=Decimal("125.33"), phase="init", status="success", provisioned=False
    )
    kept = json.loads(json.dumps(PLATFORM_START).replace("on-demand", "provisioned-concurrency"))
    assert parse_json(kept) == Start(duration_ms=Decimal("125.33"), phase="init", status="success", provisioned=True)
    assert parse_json({"type": "platform.start", "record": {}}) is None
    assert parse_json({"level": "INFO", "message": "REPORT RequestId: x"}) is None


@pytest.mark.parametrize("missing", ["Duration", "Billed Duration", "Memory Size"])
def test_a_text_report_that_lacks_a_figure_is_said(missing: str) -> None:
    with pytest.raises(ReportError, match=f"^a REPORT line without {missing}$"):
        parse_text(WARM.replace(f"\t{missing}: ", f"\t{missing} ", 1))


def test_a_json_report_that_lacks_a_figure_is_said() -> None:
    for path, why in (
        (("record", "metrics"), "a platform.report without record.metrics"),
        (("record", "requestId"), "a platform.report without requestId"),
    ):
        broken = json.loads(json.dumps(PLATFORM_REPORT))
        del broken[path[0]][path[1]]
        with pytest.raises(ReportError, match=f"^{why}$"):
            parse_json(broken)
    broken = json.loads(json.dumps(PLATFORM_REPORT).replace("693.92", '"long"'))
    with pytest.raises(ReportError, match="a figure that cannot be"):
        parse_json(broken)


def receipt_line() -> str:
    return next(line for line in EMULATOR.read_text(encoding="utf-8").splitlines() if line.startswith('{"_aws"'))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text[:-40], "a line that should be JSON and is not, as if it were cut off"),
        (lambda text: text.replace('"Route"', '"Path"').replace('["Function","Path"', '["Function","Route"'), "Route"),
        (lambda text: text.replace('"billed_ms":', '"billed":'), "a figure is not what it should be"),
        (lambda text: text.replace('"Images":[', '"Images":["one",'), "a figure is not what it should be"),
        (lambda text: text.replace('"Timestamp":', '"Timestamp":99999'), "a figure is not what it should be"),
    ],
)
def test_a_receipt_that_cannot_be_read_is_counted_and_not_quoted(change: Any, why: str) -> None:
    records = read_messages(["START", change(receipt_line()), WARM])
    assert records.receipts == ()
    assert len(records.reports) == 1
    ((unreadable,),) = (records.unreadable,)
    assert unreadable.number == 2
    assert why in unreadable.why
    assert len(unreadable.why) < 80


def test_metrics_of_others_are_not_receipts() -> None:
    assert read_messages([receipt_line().replace('"Namespace":"Imajin"', '"Namespace":"Other"')]) == LogRecords(
        (), (), (), ()
    )
    assert parse_receipt({"_aws": {"CloudWatchMetrics": None}}) is None
    assert read_messages(['"_aws"', "3 {}", '["_aws"] {"a": 1}']).unreadable == (
        Unreadable(1, "a line that should be JSON and is not, as if it were cut off"),
    )


def test_a_call_without_a_receipt_is_still_a_call() -> None:
    document = json.loads(receipt_line())
    document["receipt"] = None
    for metric in ("CostUsd", "GbSeconds", "BilledMs"):
        del document[metric]
    line = parse_receipt(document)
    assert line is not None
    assert (line.receipt, line.usd, line.rekognition_usd, line.images) == (None, None, None, 1)
    assert line.at == datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC)


def test_the_same_log_however_it_was_saved(tmp_path: Path) -> None:
    text = EMULATOR.read_text(encoding="utf-8")
    tail = "".join(
        f"2026-11-20T09:45:22.417000+00:00 2026/11/20/[$LATEST]77f5e2 {line}\n" for line in text.splitlines()
    )
    events = json.dumps(
        {
            "events": [
                {"logStreamName": "2026/11/20/[$LATEST]77f5e2", "timestamp": 1, "message": f"{line}\n", "eventId": "1"}
                for line in text.splitlines()
            ],
            "searchedLogStreams": [],
        },
        indent=4,
    )
    for name, saved in (("tail", tail), ("events", events)):
        path = tmp_path / name
        path.write_text(saved, encoding="utf-8")
        assert read_log(path) == emulated(), name


def test_lines_of_json_are_lines() -> None:
    text = json.dumps(PLATFORM_REPORT) + "\n" + json.dumps(PLATFORM_START) + "\n"
    records = read_messages(messages(text))
    assert (len(records.reports), len(records.starts)) == (1, 1)
    assert len(read_messages(messages(json.dumps(PLATFORM_REPORT))).reports) == 1, "one line alone, too"
