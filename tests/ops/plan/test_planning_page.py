"""docs/planning.md: its volumes, its times and its picture are what the planner says of the committed measurements."""

import re
from functools import cache
from pathlib import Path

import pytest

from ops.charts.axes import STYLE
from ops.money import line_usd, told_usd
from ops.plan import charts
from ops.plan.break_even import rekognition_line
from ops.plan.command import make_report
from ops.plan.readme_table import P95_SECONDS, VOLUMES
from ops.plan.wording import PlanReport, per_thousand
from tests.ops.plan.options import plan_options

PAGE = Path("docs/planning.md").read_text(encoding="utf-8")
PICTURE = Path("docs/planning.svg").read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@cache
def report(images_per_day: int, peak: float) -> PlanReport:
    workload = {"images-per-day": images_per_day, "peak-per-second": peak, "p95-seconds": P95_SECONDS}
    options = [part for name, value in workload.items() for part in (f"--{name}", f"{value:g}")]
    return make_report(plan_options(*options, "--model", "so400m-patch14-384"))


def row(found: PlanReport) -> list[str]:
    plan, chosen, setting = found.plan, found.plan.chosen, found.plan.chosen.setting
    kept = f"{setting.kept or 'none'} kept ready"
    return [
        f"{plan.workload.images_per_day:,.0f}",
        f"{plan.workload.peak_per_second:g}",
        f"{setting.architecture}, {setting.memory_mb:,} MB, {kept}, {chosen.concurrency:,} at once",
        told_usd(chosen.usd),
        told_usd(per_thousand(chosen, plan)),
        str(line_usd(rekognition_line(plan.workload, found.table))),
    ]


def test_the_three_volumes() -> None:
    lines = re.findall(r"^\| ([\d,]+ \|.*) \|$", PAGE.partition("## The three volumes")[2], re.MULTILINE)
    shown = [[cell.removesuffix(" a second") for cell in line.split(" | ")] for line in lines]
    assert shown == [row(report(*volume)) for volume in VOLUMES]


def test_the_times_beside_them() -> None:
    text = " ".join(PAGE.split())
    for volume in VOLUMES:
        chosen = report(*volume).plan.chosen
        warm = f"A warm request takes {chosen.request_seconds:.2f} s, {chosen.p95_seconds:.2f} s at the 95th percentile"
        assert warm in text
    small = report(*VOLUMES[0]).plan.chosen
    assert f"At 1,000 a day {small.cold_share:.1%}".replace("%", " %") in text
    assert f"of the calls wait {small.start_seconds:.1f} s longer for a start" in text
    large = report(*VOLUMES[2]).plan.chosen
    assert f"{large.concurrency} at once leaves little of an account's 1,000" in text


def test_what_becomes_of_it_at_other_speeds() -> None:
    variations = report(*VOLUMES[1]).variations
    prices = ", ".join(f"{one.anew.chosen.usd:.0f}" for one in variations)
    factors = ", ".join(f"{one.slower:g}" for one in variations)
    assert f"at 100,000 a day: {prices} USD a month for {factors} times" in " ".join(PAGE.split())
    broken = [one.slower for one in variations if one.unchanged.broken]
    assert f"the plan misses its p95 from {min(broken):g} times on" in " ".join(PAGE.split())


def test_the_picture() -> None:
    """To a tenth of a pixel: other machines differ in the last digits of a logarithm."""
    wanted = charts.cost_by_volume(report(*VOLUMES[1]))
    assert NUMBER.sub("#", PICTURE) == NUMBER.sub("#", wanted), "python -m ops plan ... --svg docs/planning.svg"
    figures = [[float(figure) for figure in NUMBER.findall(text)] for text in (PICTURE, wanted)]
    assert figures[0] == pytest.approx(figures[1], abs=0.11)


def test_a_picture_has_its_colours_without_variables_too() -> None:
    """Many programs beside browsers know none."""
    painted = re.findall(r"(fill|stroke):var\(--(\w+)\)", STYLE)
    assert len(painted) == 15
    for what, name in painted:
        (light, *_) = re.findall(rf"--{name}:(#[0-9a-f]{{6}})", STYLE)
        assert f"{what}:{light};{what}:var(--{name})" in STYLE
