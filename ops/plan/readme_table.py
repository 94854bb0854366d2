"""README's table of costs, made from a plan for each volume."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pricing
from ops.errors import OpsError
from ops.files import ROOT, write_file
from ops.money import line_usd, told_usd
from ops.plan.assumptions import Assumptions
from ops.plan.break_even import arm64_time_ratio, rekognition_line
from ops.plan.measurements import Measurement, read_measurements
from ops.plan.search import Bounds, Plan, make_plan
from ops.plan.wording import per_thousand
from ops.plan.workload import Workload

if TYPE_CHECKING:
    from ops.cli import Commands

BEGIN: Final = "<!-- cost table: python -m ops readme-cost-table -->"
END: Final = "<!-- end of the cost table -->"
REGION: Final = "us-east-1"
CASES: Final = (("detect", "so400m-patch14-384"), ("detect", "base-patch16-256"), ("score", "image-reward"))
"""Route and model."""
VOLUMES: Final = ((1_000, 1.0), (100_000, 5.0), (10_000_000, 300.0))
"""Images a day, and a second at the peak."""
P95_SECONDS: Final = 3.0


def add_command(commands: Commands) -> None:
    """Adds `readme-cost-table`."""
    parser = commands.add_parser("readme-cost-table", help="rewrite README's table of costs")
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    path = ROOT / "README.md"
    before = path.read_text(encoding="utf-8")
    after = replace_table(before, render())
    if after != before:
        write_file(path, after)
    sys.stdout.write("README.md: unchanged\n" if after == before else "README.md: written\n")
    return 0


def replace_table(text: str, table: str) -> str:
    """`text` with what stands between the two comments made anew. Raises OpsError where they do not stand once."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise OpsError(f"README.md: {BEGIN} and {END} must stand in it once each, in this order")
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"


def render() -> str:
    """The table in Markdown, and under it what it rests on. Raises OpsError where a price or a speed is missing."""
    prices = pricing.load(REGION)
    if prices is None:
        raise OpsError(f"there is no price table for {REGION}")
    rows, speeds = [], []
    for route, model in CASES:
        (measured,) = (found for found in read_measurements(route) if found.model == model)
        speeds.append(measured)
        for images_per_day, peak in VOLUMES:
            workload = Workload(
                images_per_day=images_per_day, peak_per_second=peak, p95_seconds=P95_SECONDS, route=route
            )
            rows.append(_row(make_plan(workload, [measured], prices, Assumptions(), Bounds()), prices))
    header = (
        "| model | images a day | Lambda | USD a month | a thousand images | Rekognition, a thousand |\n"
        "| :-- | --: | :-- | --: | --: | --: |"
    )
    return "\n".join([header, *rows, "", _footing(speeds, prices)])


def _row(plan: Plan, prices: pricing.PriceTable) -> str:
    chosen, workload = plan.chosen, plan.workload
    if not plan.feasible:
        raise OpsError(f"README's table: {'; '.join(chosen.broken)}")
    setting = chosen.setting
    cells = (
        setting.measurement.title,
        f"{workload.images_per_day:,.0f}",
        f"{setting.architecture}, {setting.memory_mb:,} MB, {setting.kept or 'none'} kept ready",
        told_usd(chosen.usd),
        told_usd(per_thousand(chosen, plan)),
        line_usd(rekognition_line(workload, prices), per=workload.images_per_month / 1000) or "-",
    )
    return f"| {' | '.join(cells)} |"


def _footing(measured: Sequence[Measurement], prices: pricing.PriceTable) -> str:
    speeds = ", ".join(f"{found.picture_seconds:.2f} s for {found.title}" for found in measured)
    one = measured[0]
    *lower, highest = (f"{peak:g}" for _, peak in VOLUMES)
    factors = Assumptions().time_factors
    ratio = arm64_time_ratio(prices)
    dated = f"AWS's prices of {prices.effective.isoformat()} for {prices.region}"
    load = f"peaks of {', '.join(lower)} and {highest} images a second, a p95 of {P95_SECONDS:g} s"
    machine = f"{one.threads} threads on two cores of an {one.processor}, {one.date}, random weights"
    assumed = (
        f"a core there is assumed to take {factors['x86_64']:g} (x86_64) and {factors['arm64']:g} times (arm64) as long"
    )
    sentences = (
        f"Planned, not billed: `make plan` for `/detect` and `/score`, {load}, {dated}.",
        f"A picture took {speeds} ({machine}).",
        f"Lambda's own speed is not measured: {assumed}.",
        f"arm64 is cheaper as long as it takes less than {ratio or 0:.2f} times x86_64's time.",
        "Rekognition has no counterpart to ImageReward; its price from 35 million images a month on is not known here.",
        "How a plan is made, and what it assumes: [docs/planning.md](docs/planning.md).",
    )
    return textwrap.fill(" ".join(sentences), width=118, break_long_words=False, break_on_hyphens=False)


def committed(root: Path) -> str:
    """The table as README has it."""
    text = (root / "README.md").read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip("\n")
