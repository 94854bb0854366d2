"""Receipts and reports joined by request id, priced and added up; figures redone by hand from us-east-1's prices."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from functions.common.receipts import Cashier, Platform, Work
from functions.common.wire import Cost
from ops.cost_report.calls import NO_RECEIPT, UNKNOWN, Call, join
from ops.cost_report.kept import Configured, Kept, kept_costs, parse_kept, period_seconds
from ops.cost_report.report import make_report
from ops.cost_report.rows import add_up
from ops.cost_report.sources import Source, read_files
from ops.errors import OpsError
from ops.logs.lambda_reports import Report
from ops.logs.receipts import ReceiptLine
from ops.logs.records import LogRecords

EMULATOR = Path("tests/ops/logs/emulator.log")
PLATFORM = Platform("us-east-1", 4096, "arm64", provisioned=False, gateway="rest", estimated=False)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def receipt(milliseconds: float, platform: Platform = PLATFORM) -> Cost | None:
    return Cashier(platform).receipt(milliseconds, Work(images=1, counterpart="labels"))


def line(request_id: str, milliseconds: float = 1500, platform: Platform = PLATFORM, images: int = 1) -> ReceiptLine:
    return ReceiptLine(
        at=NOON + timedelta(seconds=len(request_id)),
        function="semantic",
        route="/detect",
        stage="prod",
        request_id=request_id,
        caller="key:k1",
        status=200,
        images=images,
        cold=False,
        receipt=receipt(milliseconds, platform),
    )


def report(request_id: str, billed_ms: int = 1500) -> Report:
    return Report(request_id=request_id, duration_ms=Decimal(billed_ms), billed_ms=billed_ms, memory_mb=4096)


def source(*records: ReceiptLine | Report, name: str = "log") -> Source:
    receipts = tuple(record for record in records if isinstance(record, ReceiptLine))
    reports = tuple(record for record in records if isinstance(record, Report))
    return Source(name, LogRecords(receipts, reports, (), ()))


def only(*sources: Source) -> Call:
    (call,) = join(sources)
    return call


def test_a_call_with_both() -> None:
    call = only(source(line("a", 1500), report("a", 1502)))
    assert call.estimated_usd == Decimal("0.0000837004")
    # 1502 / 1000 * 4 * 0.0000133334 = 0.0000801070672, and 0.0000002 + 0.0000035
    assert call.billed_usd == Decimal("0.0000838070672")
    row = add_up([call])
    assert row.difference_usd == Decimal("0.0000001066672")
    assert row.usd_per_thousand_images == Decimal("0.0838070672")
    assert row.rekognition_usd == Decimal("0.001")


def test_a_call_without_a_receipt_is_billed_all_the_same() -> None:
    answered, lost = join([source(line("a"), report("a"), report("b", 60_000))])
    assert (lost.function, lost.route, lost.caller, lost.estimated_usd) == ("semantic", NO_RECEIPT, None, None)
    # 60 * 4 * 0.0000133334 + 0.0000002; no gateway is known of.
    assert lost.billed_usd == Decimal("0.003200216")
    row = add_up([answered, lost])
    assert (row.calls, row.receipts, row.reports, row.matched) == (2, 1, 2, 1)
    assert row.difference_usd == 0
    assert row.usd == row.billed_usd == Decimal("0.0032839164")


def test_without_any_receipt_beside_it_a_report_has_no_price() -> None:
    call = only(source(report("b")))
    assert (call.function, call.billed_usd) == (UNKNOWN, None)
    provisioned = line("c", platform=replace(PLATFORM, provisioned=True))
    mixed = join([source(line("a"), provisioned, report("b"))])
    assert mixed[-1].billed_usd is None, "on demand or provisioned: nothing says which"


def test_a_call_without_a_report_is_estimated_alone() -> None:
    row = add_up(join([source(line("a"))]))
    assert (row.billed_usd, row.difference_usd, row.matched) == (None, None, 0)
    assert row.usd == row.estimated_usd == Decimal("0.0000837004")
    half = add_up(join([source(line("a"), line("bb"), report("a", 1502), report("d", 60_000))]))
    # As billed 1,502 ms and, without a gateway, 60,000 ms; as its receipt says 1,500 ms.
    assert half.usd == Decimal("0.0000838070672") + Decimal("0.003200216") + Decimal("0.0000837004")
    assert (half.estimated_usd, half.billed_usd) == (Decimal("0.0001674008"), Decimal("0.0032840230672"))


def test_lines_that_two_files_hold_count_once_and_halves_find_each_other() -> None:
    whole = source(line("a"), report("a"))
    assert len(join([whole, whole])) == 1
    call = only(source(line("a"), name="receipts"), source(report("a"), name="reports"))
    assert call.billed_usd == Decimal("0.0000837004")


def test_a_call_that_lambda_tried_again_has_a_report_for_each() -> None:
    first, again = join([source(line("a"), report("a", 1500), report("a", 900))])
    assert (first.report, again.receipt) == (report("a", 1500), None)


def test_provisioned_and_unknown_prices() -> None:
    call = only(source(line("a", platform=replace(PLATFORM, provisioned=True)), report("a")))
    assert call.billed_usd == Decimal("0.0000503668")
    nowhere = only(source(line("a", platform=replace(PLATFORM, region="mars-north-1")), report("a")))
    assert (nowhere.estimated_usd, nowhere.billed_usd) == (None, None)
    assert add_up([call, nowhere]).billed_usd is None, "one unknown amount takes the sum with it"


def test_what_was_kept_ready_and_idle() -> None:
    provisioned = replace(PLATFORM, provisioned=True)
    calls = join([source(*(one for name in ("a", "bb") for one in (line(name, platform=provisioned), report(name))))])
    (cost,) = kept_costs([Kept("semantic", 2, 3600), Kept("aesthetic", 0, 3600)], calls)
    # Two environments of 4 GB for an hour, of which two calls of 1.5 s took 12 GB-seconds.
    assert cost.usd == Decimal(2) * 4 * 3600 * Decimal("0.0000033334")
    assert cost.busy_share == Decimal(12) / 28_800
    assert cost.idle_usd == cost.usd * (1 - cost.busy_share)
    (unknown,) = kept_costs([Kept("aesthetic", 1, 3600)], calls)
    assert (unknown.configured, unknown.usd, unknown.idle_usd) == (None, None, None)


def test_what_was_kept_ready_and_never_used_is_priced_as_configured() -> None:
    configured = Configured(region="us-east-1", architecture="x86_64", memory_mb=8192)
    (unused,) = kept_costs([Kept("aesthetic", 1, 86_400, configured)], [])
    # 8 GB for a day at 0.0000041667 a GB-second.
    assert unused.usd == unused.idle_usd == Decimal("2.88002304")
    (elsewhere,) = kept_costs([Kept("aesthetic", 1, 86_400, replace(configured, region="af-south-1"))], [])
    assert (elsewhere.configured is not None, elsewhere.usd) == (True, None)


def test_periods() -> None:
    assert [period_seconds(text) for text in ("90m", "24h", "7d")] == [5_400, 86_400, 604_800]
    assert parse_kept("semantic=2x24h") == Kept("semantic", 2, 86_400)
    for wrong in ("", "24", "0h", "-1h", "1w", "h", "24 h"):
        with pytest.raises(OpsError, match="as in 90m, 24h or 7d"):
            period_seconds(wrong)
    with pytest.raises(OpsError, match="as in semantic=2x24h"):
        parse_kept("semantic=2")


def test_an_instance_is_billed_by_the_hour_and_its_waiting_stands_apart() -> None:
    cashier = Cashier(replace(PLATFORM, instance_type="ml.g6.xlarge"))
    job = replace(line("a"), receipt=cashier.receipt(36_000, Work(images=1, idle_seconds=600)))
    row = add_up(join([source(job)]))
    assert (row.estimated_usd, row.idle_usd) == (Decimal("0.01127"), Decimal("0.187833333333333"))
    assert row.usd == row.estimated_usd


def test_a_log_of_the_emulator() -> None:
    found = make_report(read_files([EMULATOR]))
    assert [(key[1], row.calls, row.images) for key, row in found.rows.items()] == [
        ("/align", 1, 1),
        ("/batch", 1, 1),
        ("/detect", 3, 2),
        ("/health", 1, 0),
        ("unmatched", 1, 0),
    ]
    assert found.accuracy is not None
    assert (found.accuracy.calls, found.accuracy.within) == (7, 7)
    assert found.total.billed_usd == sum(row.billed_usd or Decimal("nan") for row in found.rows.values())
    assert found.as_json()["total"]["calls"] == 7


def test_files_without_a_line_of_ours(tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text("nothing\n")
    with pytest.raises(OpsError, match="no line of these files"):
        read_files([other])
    with pytest.raises(OpsError, match="No such file"):
        read_files([tmp_path / "absent.log"])
