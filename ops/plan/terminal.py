"""A plan on a terminal."""

from __future__ import annotations

from bench.tables import render as render_table
from ops.plan import wording
from ops.plan.wording import Told


def render(told: Told) -> str:
    """Headline, tables, break-even points, assumptions."""
    parts = [
        "\n".join(wording.headline(told)),
        render_table(*wording.models(told)),
        render_table(*wording.bill(told)),
        "\n".join(f"- {sentence}" for sentence in [*wording.break_evens(told), wording.endpoint(told)]),
        "Where Lambda takes more or less time than assumed:\n" + render_table(*wording.sensitivity(told)),
        wording.measured(told) + "\nAssumed:\n" + "\n".join(f"- {one}" for one in told.assumed.sentences()),
    ]
    return "\n\n".join(parts) + "\n"
