"""One request's identity, time, notices and receipt."""

import time
from dataclasses import replace

from functions.common.exchange import Exchange, begin
from functions.common.instance_time import InstanceClock
from functions.common.invocation import Invocation
from functions.common.receipts import Cashier, ItemTime, Platform
from functions.common.wire import ModelReference

PLATFORM = Platform(
    region="us-east-1", memory_mb=1024, architecture="arm64", provisioned=False, gateway=None, estimated=True
)
CASHIER = Cashier(PLATFORM)
MODEL = ModelReference(id="m", revision=None, precision="fp32", digest="0" * 64, demo=False)


def exchange(**invocation: float) -> Exchange:
    return begin(Invocation(**invocation), None, CASHIER)  # type: ignore[arg-type]


def test_the_answer_and_the_header_share_one_receipt() -> None:
    ours = exchange()
    envelope = ours.envelope(MODEL)
    time.sleep(0.003)  # enough for another bill
    assert ours.receipt() is envelope["cost"]
    assert ours.model == MODEL


def test_initialisation_is_part_of_the_bill_and_not_of_the_time() -> None:
    ours = exchange(init_ms=60_000.0)
    receipt = ours.receipt()
    assert receipt is not None
    assert receipt.billed_ms >= 60_000
    assert ours.total_ms < 60_000


def test_the_receipt_tells_of_the_pictures_and_what_started_up() -> None:
    ours = exchange(init_ms=1_234.5)
    ours.images, ours.counterpart = 2, "moderation"
    ours.items = [ItemTime(0, "ok", 3.0), ItemTime(1, "error", 1.0)]
    receipt = ours.receipt()
    assert receipt is not None
    assert receipt.init_ms == 1_235
    assert receipt.compared_with is not None
    assert (receipt.compared_with.service, receipt.compared_with.images) == (
        "Amazon Rekognition DetectModerationLabels",
        2,
    )
    assert receipt.items is not None
    assert [(item.index, item.status) for item in receipt.items] == [(0, "ok"), (1, "error")]


def test_on_an_instance_a_job_is_billed_for_its_turn() -> None:
    seconds = iter([0.0, 90.0, 100.0, 100.0])
    clock = InstanceClock(now=lambda: next(seconds))
    cashier = Cashier(replace(PLATFORM, estimated=False, instance_type="ml.g6.xlarge"))
    with clock.turn() as turn:
        receipt = begin(Invocation(turn=turn), None, cashier).receipt()
    assert receipt is not None
    assert receipt.instance is not None
    assert (receipt.instance.seconds, receipt.instance.idle_seconds) == ("10.000", "90.000")


def test_stages_add_up() -> None:
    ours = exchange()
    for _ in range(2):
        with ours.stages.measure("decode"):
            time.sleep(0.002)
    spent = ours.stages.milliseconds["decode"]
    assert spent >= 4
    assert ours.envelope(MODEL)["timing_ms"]["decode"] == round(spent, 3)


def test_notices_are_told_in_order() -> None:
    ours = exchange()
    ours.notice("b", "second letter")
    ours.notice("a", "first letter")
    assert [notice.code for notice in ours.envelope(MODEL)["warnings"]] == ["b", "a"]
