"""A plan on a terminal."""

from __future__ import annotations

from ops import tables
from ops.plan import rows, wording
from ops.plan.wording import PlanReport


def render(report: PlanReport) -> str:
    """Headline, tables, break-even points, assumptions."""
    parts = [
        "\n".join(wording.headline(report)),
        tables.render(*rows.models(report), names=2),
        tables.render(*rows.bill(report)),
        "\n".join(f"- {sentence}" for sentence in [*wording.break_evens(report), wording.endpoint(report)]),
        "If Lambda takes more or less time than assumed:\n" + tables.render(*rows.sensitivity(report)),
        wording.measured(report) + "\nAssumed:\n" + "\n".join(f"- {one}" for one in report.assumed.sentences()),
    ]
    return "\n\n".join(parts) + "\n"
