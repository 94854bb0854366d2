"""What a job costs on an instance that is paid by the hour, whether it works or waits."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from pricing.amounts import CONTEXT, SMALLEST_USD
from pricing.table import PriceTable

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceCost:
    """A job's part of an instance in USD; None is unknown, never 0.

    `usd` is for the seconds it worked. `idle_usd` is for the seconds the instance waited before it: a cost of capacity,
    kept apart, in no job's price.
    """

    usd_per_hour: Decimal | None
    usd: Decimal | None
    idle_usd: Decimal | None


def instance_cost(
    instance_type: str, seconds: Decimal, table: PriceTable, *, idle_seconds: Decimal | None = None
) -> InstanceCost:
    """Price `seconds` of an instance: seconds / 3600 * USD an hour, to SMALLEST_USD.

    SageMaker bills an instance by the second from start to stop. Negative or non-finite seconds raise ValueError.
    """
    for name, value in (("seconds", seconds), ("idle_seconds", idle_seconds)):
        if value is not None and (not value.is_finite() or value < 0):
            raise ValueError(f"{name} must be finite and not negative, not {value}")
    entry = table.sagemaker.get(instance_type)
    if entry is None:
        return InstanceCost(usd_per_hour=None, usd=None, idle_usd=None)
    hourly = entry.first_tier_usd

    def usd(spent: Decimal) -> Decimal:
        return (spent * hourly / SECONDS_PER_HOUR).quantize(SMALLEST_USD)

    with localcontext(CONTEXT):
        return InstanceCost(
            usd_per_hour=hourly,
            usd=usd(seconds),
            idle_usd=None if idle_seconds is None else usd(idle_seconds),
        )
