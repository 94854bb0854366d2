"""A plan drawn: what a month costs by volume, and where its money goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ops.charts.columns import Series, draw_columns
from ops.charts.lines import Line, Mark, draw_lines
from ops.plan.break_even import rekognition_line
from ops.plan.endpoint import plan_endpoint
from ops.plan.queueing import environments_at
from ops.plan.settings import evaluate
from ops.plan.wording import PlanReport

_STEPS: Final = 13
_DECADES: Final = 1.5


def cost_by_volume(report: PlanReport) -> str:
    """USD a month over images a day: the chosen setting with none and with enough kept ready, and the alternatives.

    Other volumes have the same shape of day. An SVG document.
    """
    plan = report.plan
    factors = [10 ** (_DECADES * (2 * step / (_STEPS - 1) - 1)) for step in range(_STEPS)]
    none: list[tuple[float, float]] = []
    kept: list[tuple[float, float]] = []
    rekognition: list[tuple[float, float]] = []
    instances: list[tuple[float, float]] = []
    at_most = False
    for factor in factors:
        volume = plan.workload.images_per_day * factor
        workload = replace(plan.workload, images_per_day=volume, peak_per_second=plan.workload.peak_per_second * factor)
        requests = workload.peak_per_second / workload.images_per_request
        busy = environments_at(requests, plan.chosen.request_seconds, 0.0)
        for points, count in ((none, 0), (kept, busy)):
            usd = evaluate(replace(plan.chosen.setting, kept=count), workload, report.table, report.assumed).usd
            points.extend([] if usd is None else [(volume, float(usd))])
        line = rekognition_line(workload, report.table)
        if line is not None and line.usd is not None:
            rekognition.append((volume, float(line.usd)))
            at_most = at_most or line.at_most
        if report.endpoint:
            one = report.endpoint
            usd = plan_endpoint(
                workload, one.instance_type, one.images_per_second, report.table, report.assumed
            ).bill.usd
            instances += [] if usd is None else [(volume, float(usd))]
    lines = [
        Line("Rekognition, at most" if at_most else "Rekognition", rekognition),
        Line("Lambda, none kept ready", none),
        Line("Lambda, the peak kept ready", kept),
        Line("SageMaker, on all month", instances),
    ]
    setting = plan.chosen.setting
    return draw_lines(
        "USD a month by images a day",
        f"{setting.measurement.title}, Lambda {setting.architecture}, {setting.memory_mb:,} MB; times are assumed",
        [line for line in lines if line.points],
        [Mark("this plan", (plan.workload.images_per_day, float(plan.chosen.usd)))] if plan.chosen.usd else [],
        x_name="images a day",
        y_name="USD a month",
    )


def cost_by_speed(report: PlanReport) -> str:
    """USD a month where Lambda takes more or less time: as planned, and planned anew. An SVG document."""
    labels = [f"x {one.slower:g}" for one in report.variations]
    return draw_columns(
        "USD a month if Lambda takes more or less time",
        "relative to the time assumed; no column where the workload is not served",
        labels,
        [
            Series("as planned", [_usd(one.unchanged.usd, one.unchanged.broken) for one in report.variations]),
            Series("planned again", [_usd(one.anew.chosen.usd, one.anew.chosen.broken) for one in report.variations]),
        ],
    )


def _usd(amount: object, broken: tuple[str, ...]) -> float | None:
    return None if amount is None or broken else float(str(amount))
