"""A plan on a terminal."""

from __future__ import annotations

from ops import tables
from ops.plan import rows, wording
from ops.plan.wording import Told


def render(told: Told) -> str:
    """Headline, tables, break-even points, assumptions."""
    parts = [
        "\n".join(wording.headline(told)),
        tables.render(*rows.models(told), names=2),
        tables.render(*rows.bill(told)),
        "\n".join(f"- {sentence}" for sentence in [*wording.break_evens(told), wording.endpoint(told)]),
        "Where Lambda takes more or less time than assumed:\n" + tables.render(*rows.sensitivity(told)),
        wording.measured(told) + "\nAssumed:\n" + "\n".join(f"- {one}" for one in told.assumed.sentences()),
    ]
    return "\n\n".join(parts) + "\n"
