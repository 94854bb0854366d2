"""A plan as one HTML page, and as JSON."""

from __future__ import annotations

from typing import Any

from ops.charts.page import bullets, heading, page, paragraph, table
from ops.money import exact_usd
from ops.plan import charts, rows, wording
from ops.plan.settings import Outcome
from ops.plan.wording import PlanReport


def render(report: PlanReport) -> str:
    """The page."""
    headline = wording.headline(report)
    body = [
        *(paragraph(sentence) for sentence in headline[1:]),
        charts.cost_by_volume(report),
        heading("Models"),
        table(*rows.models(report), names=2),
        heading("The month"),
        table(*rows.bill(report), sums=1),
        heading("When an alternative becomes cheaper"),
        bullets([*wording.break_evens(report), wording.endpoint(report)]),
        heading("If Lambda takes more or less time than assumed"),
        charts.cost_by_speed(report),
        table(*rows.sensitivity(report)),
        heading("What this is based on"),
        paragraph(wording.measured(report)),
        bullets(report.assumed.sentences()),
    ]
    return page("A plan", headline[0], body)


def as_json(report: PlanReport) -> dict[str, Any]:
    """For programs; amounts as decimal strings, null is not known."""
    plan = report.plan
    return {
        "feasible": plan.feasible,
        "chosen": _outcome(plan.chosen),
        "models": [_outcome(outcome) for outcome in plan.by_model],
        "sensitivity": [
            {"slower": one.slower, "as_planned": _outcome(one.unchanged), "anew": _outcome(one.anew.chosen)}
            for one in report.variations
        ],
        "break_even": wording.break_evens(report),
        "sagemaker": None
        if report.endpoint is None
        else {
            "instance_type": report.endpoint.instance_type,
            "instances": report.endpoint.instances,
            "usd": exact_usd(report.endpoint.bill.usd),
            "cheaper": report.endpoint_is_cheaper,
        },
        "measured": wording.measured(report),
        "assumed": report.assumed.sentences(),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    setting = outcome.setting
    return {
        "model": setting.measurement.model,
        "architecture": setting.architecture,
        "memory_mb": setting.memory_mb,
        "provisioned_concurrency": setting.kept,
        "concurrency": outcome.concurrency,
        "request_seconds": round(outcome.request_seconds, 4),
        "p95_seconds": round(outcome.p95_seconds, 4),
        "cold_share": round(outcome.cold_share, 6),
        "monthly_usd": exact_usd(outcome.usd),
        "lines": {line.key: exact_usd(line.usd) for line in outcome.bill.lines},
        "broken": list(outcome.broken),
    }
