"""A plan as one HTML page, and as JSON."""

from __future__ import annotations

from typing import Any

from ops.charts.page import bullets, heading, page, paragraph, table
from ops.money import exact_usd
from ops.plan import charts, rows, wording
from ops.plan.settings import Outcome
from ops.plan.wording import Told


def render(told: Told) -> str:
    """The page."""
    headline = wording.headline(told)
    body = [
        *(paragraph(sentence) for sentence in headline[1:]),
        charts.cost_by_volume(told),
        heading("Models"),
        table(*rows.models(told), names=2),
        heading("The month"),
        table(*rows.bill(told), sums=1),
        heading("Where another way becomes cheaper"),
        bullets([*wording.break_evens(told), wording.endpoint(told)]),
        heading("Where Lambda takes more or less time than assumed"),
        charts.cost_by_speed(told),
        table(*rows.sensitivity(told)),
        heading("What it rests on"),
        paragraph(wording.measured(told)),
        bullets(told.assumed.sentences()),
    ]
    return page("A plan", headline[0], body)


def as_json(told: Told) -> dict[str, Any]:
    """For programs; amounts as decimal strings, null is not known."""
    plan = told.plan
    return {
        "feasible": plan.feasible,
        "chosen": _outcome(plan.chosen),
        "models": [_outcome(outcome) for outcome in plan.by_model],
        "sensitivity": [
            {"slower": one.slower, "as_planned": _outcome(one.unchanged), "anew": _outcome(one.anew.chosen)}
            for one in told.variations
        ],
        "break_even": wording.break_evens(told),
        "sagemaker": None
        if told.endpoint is None
        else {
            "instance_type": told.endpoint.instance_type,
            "instances": told.endpoint.instances,
            "usd": exact_usd(told.endpoint.bill.usd),
            "cheaper": told.endpoint_is_cheaper,
        },
        "measured": wording.measured(told),
        "assumed": told.assumed.sentences(),
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
