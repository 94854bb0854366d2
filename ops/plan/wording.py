"""A plan in words, the same for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pricing
from ops.charts.axes import number
from ops.money import line_usd, told_usd
from ops.plan import break_even
from ops.plan.assumptions import Assumptions
from ops.plan.endpoint import Endpoint
from ops.plan.search import Plan
from ops.plan.sensitivity import Variation
from ops.plan.settings import Outcome

INSTANCE: Final = "ml.g6.xlarge"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """A plan, and everything that is reported beside it."""

    plan: Plan
    table: pricing.PriceTable
    assumed: Assumptions
    variations: Sequence[Variation]
    endpoint: Endpoint | None

    @property
    def endpoint_is_cheaper(self) -> bool:
        """Whether SageMaker, where its speed was given, is the cheaper of the two."""
        ours, theirs = self.plan.chosen.usd, self.endpoint.bill.usd if self.endpoint else None
        return ours is not None and theirs is not None and theirs < ours


def per_thousand(outcome: Outcome, plan: Plan) -> Decimal | None:
    """USD for a thousand images."""
    return None if outcome.usd is None else outcome.usd * 1000 / plan.workload.images_per_month


def headline(report: PlanReport) -> list[str]:
    """The setting in three sentences; what rules it out, if anything; and SageMaker where it is cheaper."""
    plan, chosen = report.plan, report.plan.chosen
    setting = chosen.setting
    workload = (
        f"{plan.workload.images_per_day:,.0f} images a day, {plan.workload.peak_per_second:,g} a second at the peak, "
        f"p95 {plan.workload.p95_seconds:g} s, /{plan.workload.route}"
    )
    kept = f"{setting.kept} kept ready" if setting.kept else "none kept ready"
    decided = f"{setting.measurement.title} on Lambda {setting.architecture}, {setting.memory_mb:,} MB, {kept}"
    price = f"{told_usd(chosen.usd)} USD a month, {told_usd(per_thousand(chosen, plan))} USD per thousand images"
    warm = f"A warm request takes {chosen.request_seconds:.2f} s (p95 {chosen.p95_seconds:.2f} s)"
    lines = [
        f"Workload: {workload}.",
        f"{'Plan' if plan.feasible else 'Closest'}: {decided}, up to {chosen.concurrency:,} at once: {price}.",
        f"{warm}; {chosen.cold_share:.2%} of requests wait {chosen.start_seconds:.1f} s longer for a cold start.",
    ]
    if not plan.feasible:
        lines += [*(f"NOT MET: {limit}." for limit in chosen.broken), *_help(report)]
    if report.endpoint_is_cheaper:
        lines.append(f"Cheaper: {endpoint(report)}")
    return lines


def _help(report: PlanReport) -> list[str]:
    chosen = report.plan.chosen
    advice = []
    for limit in chosen.broken:
        if limit.startswith("p95"):
            advice.append("a smaller model, fewer pictures a request, a GPU endpoint, or a p95 that allows for more")
        elif limit.startswith("concurrency"):
            advice.append("a higher quota of concurrent executions (--concurrency-limit), or a smaller model")
        elif limit.startswith("memory"):
            advice.append("a stage that allows more memory, or a smaller model")
        else:
            advice.append("environments kept ready, or a smaller model")
    return [f"What would help: {'; '.join(dict.fromkeys(advice))}."]


def break_evens(report: PlanReport) -> list[str]:
    """When an alternative becomes cheaper."""
    plan, table = report.plan, report.table
    setting, workload = plan.chosen.setting, plan.workload
    busy = break_even.provisioned_busy_share(setting.architecture, table)
    ratio = break_even.arm64_time_ratio(table)
    rekognition = break_even.rekognition_line(workload, table)
    instance = report.endpoint.instance_type if report.endpoint else INSTANCE
    volume = break_even.instance_images_per_day(plan.chosen, workload, instance, table)
    sentences = []
    if busy is not None:
        sentences.append(f"Keeping an environment ready pays off once it is busy at least {busy:.0%} of the time.")
    if ratio is not None:
        assumed = report.assumed.time_factors["arm64"] / report.assumed.time_factors["x86_64"]
        sentences.append(
            f"arm64 is cheaper as long as it takes less than {ratio:.2f} times x86_64's time; {assumed:g} is assumed."
        )
    if rekognition and rekognition.usd and plan.chosen.usd:
        times = rekognition.usd / plan.chosen.usd
        sentences.append(
            f"Rekognition would charge {line_usd(rekognition)} USD a month for the same pictures: {times:.3g} times as "
            "much."
        )
    if volume is not None:
        second = float(volume) / 86_400
        sentences.append(
            f"One {instance} running all month costs as much as this plan would at {volume:,.0f} images a day: above "
            f"that it is cheaper, if it manages {number(second)} images a second around the clock."
        )
    return sentences


def endpoint(report: PlanReport) -> str:
    """SageMaker's place in the plan."""
    one = report.endpoint
    if one is None:
        return "SageMaker is left out: no GPU was measured. To include it, give a speed: --gpu-images-per-second."
    ours, theirs = report.plan.chosen.usd, one.bill.usd
    beside = ""
    if ours is not None and theirs is not None:
        beside = f" ({told_usd(abs(theirs - ours))} {'less' if theirs < ours else 'more'} than this plan on Lambda)"
    return (
        f"SageMaker, at the {one.images_per_second:g} images a second you gave (not measured): {one.instances} x "
        f"{one.instance_type} running all month, {told_usd(theirs)} USD{beside}; answers are asynchronous."
    )


def measured(report: PlanReport) -> str:
    """What the figures rest on."""
    found = report.plan.chosen.setting.measurement
    return (
        f"Measured: {found.picture_seconds:.2f} s per picture and {found.peak_mb:,.0f} MB, {found.threads} threads on "
        f"{found.processor}, {found.date}, random weights (bench/results). Prices: {report.table.region}, "
        f"{report.table.effective.isoformat()}."
    )
