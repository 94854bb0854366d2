"""Tries every setting: the cheapest within all limits, or the one that comes nearest if none is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, get_args

import pricing
from ops.plan.assumptions import MEMORIES_MB, Assumptions
from ops.plan.measurements import Measurement
from ops.plan.settings import Outcome, Setting, evaluate, needed_memory_mb, request_seconds
from ops.plan.workload import Workload

# Environments kept ready, as parts of what is busy at the peak.
_KEPT_PARTS: Final = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)
_UNKNOWN_USD: Final = Decimal("Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a stage allows, beside the workload."""

    maximum_memory_mb: int = MEMORIES_MB[-1]
    minimum_kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The best outcome of each model that may be chosen, and the chosen one."""

    workload: Workload
    chosen: Outcome
    by_model: Sequence[Outcome]

    @property
    def feasible(self) -> bool:
        """Whether the chosen setting serves the workload."""
        return not self.chosen.broken


def make_plan(
    workload: Workload,
    measurements: Sequence[Measurement],
    table: pricing.PriceTable,
    assumed: Assumptions,
    bounds: Bounds,
    *,
    slower: float = 1.0,
) -> Plan:
    """Try them all. Raises ValueError where no model is left to choose."""
    by_model = [
        min(
            (
                evaluate(setting, workload, table, assumed, slower)
                for setting in _settings(measured, workload, assumed, bounds, slower)
            ),
            key=_rank,
        )
        for measured in measurements
    ]
    return Plan(workload=workload, chosen=min(by_model, key=_rank), by_model=by_model)


def _settings(
    measured: Measurement, workload: Workload, assumed: Assumptions, bounds: Bounds, slower: float
) -> Iterator[Setting]:
    architectures = (workload.architecture,) if workload.architecture else get_args(pricing.Architecture)
    allowed = [memory for memory in MEMORIES_MB if memory <= bounds.maximum_memory_mb]
    # Too little memory is tried only where no more is allowed: the plan then says so.
    memories = [memory for memory in allowed if memory >= needed_memory_mb(measured, assumed)] or allowed[-1:]
    for architecture in architectures:
        for memory_mb in memories:
            setting = Setting(measurement=measured, architecture=architecture, memory_mb=memory_mb, kept=0)
            rate = workload.peak_per_second / workload.images_per_request
            load = rate * request_seconds(setting, workload, assumed, slower)
            tried = {0, 1, *(math.ceil(load * part) for part in _KEPT_PARTS)}
            # More than the account may have at once would break that limit, whatever else it did.
            most = max(assumed.concurrency_limit, bounds.minimum_kept)
            for kept in sorted({min(max(count, bounds.minimum_kept), most) for count in tried}):
                yield Setting(measurement=measured, architecture=architecture, memory_mb=memory_mb, kept=kept)


def _rank(outcome: Outcome) -> tuple[int, float, Decimal]:
    """Limits kept come first; among those that break some, the nearest in time; then the price."""
    broken = len(outcome.broken)
    return (
        broken,
        round(outcome.p95_seconds, 3) if broken else 0.0,
        _UNKNOWN_USD if outcome.usd is None else outcome.usd,
    )
