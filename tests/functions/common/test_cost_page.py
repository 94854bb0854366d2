"""docs/cost.md: every sum it shows is right, every receipt it shows is what is written, every field is explained."""

import ast
import json
import operator
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.common.invocation import Invocation
from functions.common.metrics import NAMESPACE
from functions.common.receipts import Cashier, ItemTime, Platform, Work
from functions.common.wire import Cost

PAGE = Path("docs/cost.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^### (.*?)\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE))

REST = Platform(
    region="us-east-1", memory_mb=4096, architecture="arm64", provisioned=False, gateway="rest", estimated=False
)
ITEMS = (ItemTime(0, "ok", 600.0), ItemTime(1, "error", 300.0), ItemTime(2, "not_processed", 0.0))
RECEIPTS: dict[str, Callable[[], Cost | None]] = {
    "Cold": lambda: Cashier(replace(REST, memory_mb=3008)).receipt(2410.3 + 512.6 + 2.0, Work(init_ms=2410.3)),
    "Warm": lambda: Cashier(REST).receipt(1500, Work()),
    "Provisioned": lambda: Cashier(replace(REST, provisioned=True)).receipt(1500, Work()),
    "A batch": lambda: Cashier(REST).receipt(1500, Work(images=1, counterpart="labels", items=ITEMS)),
    "A GPU job": lambda: Cashier(replace(REST, instance_type="ml.g6.xlarge")).receipt(36_000, Work(idle_seconds=600.0)),
}
OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def value(sum_: str) -> Decimal:
    """A sum of plain numbers, in decimal arithmetic of 27 places."""

    def evaluate(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return OPERATIONS[type(node.op)](evaluate(node.left), evaluate(node.right))
        return Decimal(ast.get_source_segment(sum_, node) or "")

    return evaluate(ast.parse(sum_, mode="eval").body)


def test_every_example_is_checked() -> None:
    assert EXAMPLES.keys() == RECEIPTS.keys()


@pytest.mark.parametrize("name", RECEIPTS)
def test_the_sums_are_right(name: str) -> None:
    (block,) = re.findall(r"```text\n(.*?)```", EXAMPLES[name], re.DOTALL)
    for line in block.splitlines():
        left, _, right = line.partition(" = ")
        assert abs(value(left) - Decimal(right)) < Decimal("1E-26"), line


@pytest.mark.parametrize("name", RECEIPTS)
def test_the_receipt_is_what_is_written(name: str) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", EXAMPLES[name], re.DOTALL)
    shown: dict[str, Any] = json.loads(block)
    receipt = RECEIPTS[name]()
    assert receipt is not None
    written = receipt.model_dump()
    assert {key: written[key] for key in shown} == shown


@pytest.mark.parametrize("name", RECEIPTS)
def test_the_sums_lead_to_the_receipt(name: str) -> None:
    """What the last or the first sum comes to is an amount of the receipt, to the fifteenth place."""
    results = {
        Decimal(line.partition(" = ")[2]).quantize(Decimal("1E-15"))
        for line in re.findall(r"```text\n(.*?)```", EXAMPLES[name], re.DOTALL)[0].splitlines()
    }
    receipt = RECEIPTS[name]()
    assert receipt is not None
    assert Decimal(receipt.usd or "nan") in results


def test_every_field_metric_and_setting_is_explained() -> None:
    for field in Cost.model_fields:
        assert f"`{field}`" in PAGE.partition("## How it is computed")[0], field
    assert f"namespace `{NAMESPACE}`" in PAGE
    for setting in (
        *("COST_MEMORY_MB", "COST_ARCHITECTURE", "COST_EPHEMERAL_MB", "COST_GATEWAY", "INSTANCE_TYPE"),
        *("METRICS", "STAGE"),
    ):
        assert setting in PAGE.partition("## Settings")[2], setting


def test_what_the_runtime_takes_is_billed_too() -> None:
    from functions.common.exchange import begin
    from functions.common.gateway import RUNTIME_MS

    assert f"{RUNTIME_MS:g} ms of the runtime around it" in PAGE
    bare, around = (
        begin(Invocation(init_ms=60_000.0, around_ms=extra), None, Cashier(REST)).receipt() for extra in (0, 5_000)
    )
    assert bare is not None
    assert around is not None
    assert around.billed_ms - bare.billed_ms == pytest.approx(5_000, abs=2_000)
    assert around.init_ms == bare.init_ms == 60_000
