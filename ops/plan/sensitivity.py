"""How a plan changes if Lambda is faster or slower than assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pricing
from ops.plan.assumptions import Assumptions
from ops.plan.measurements import Measurement
from ops.plan.search import Bounds, Plan, make_plan
from ops.plan.settings import Outcome, evaluate

FACTORS: Final = (0.5, 0.75, 1.0, 1.5, 2.0)
"""Times what is computed: 2 is half the speed."""


@dataclass(frozen=True, slots=True)
class Variation:
    """The chosen setting left as it is, and the same model planned anew."""

    slower: float
    unchanged: Outcome
    anew: Plan


def vary(
    plan: Plan, measurements: Sequence[Measurement], table: pricing.PriceTable, assumed: Assumptions, bounds: Bounds
) -> list[Variation]:
    """One for each factor."""
    setting = plan.chosen.setting
    same_model = [measured for measured in measurements if measured.model == setting.measurement.model]
    return [
        Variation(
            slower,
            evaluate(setting, plan.workload, table, assumed, slower),
            make_plan(plan.workload, same_model, table, assumed, bounds, slower=slower),
        )
        for slower in FACTORS
    ]
