"""The same volume on SageMaker's asynchronous instances, at a speed that has to be given: none was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import pricing
from ops.plan.assumptions import Assumptions
from ops.plan.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Instances kept on all month for the peak; the price of S3 requests and the call that submits is not in it."""

    instance_type: str
    images_per_second: float
    instances: int
    bill: pricing.Bill


def plan_endpoint(
    workload: Workload, instance_type: str, images_per_second: float, table: pricing.PriceTable, assumed: Assumptions
) -> Endpoint:
    """As many as the peak needs, on all the time: starting one from zero takes minutes."""
    instances = max(1, math.ceil(workload.peak_per_second / (images_per_second * assumed.gpu_busy)))
    hours = Decimal(instances) * pricing.HOURS_PER_MONTH
    usage = pricing.Usage(architecture="x86_64", instance_hours=((instance_type, hours),))
    return Endpoint(
        instance_type=instance_type,
        images_per_second=images_per_second,
        instances=instances,
        bill=pricing.monthly_bill(usage, table),
    )
