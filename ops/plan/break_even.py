"""Where one way becomes cheaper than another."""

from __future__ import annotations

from decimal import Decimal

import pricing
from ops.plan.settings import Outcome
from ops.plan.workload import HOURS, ROUTES, Workload


def provisioned_busy_share(architecture: pricing.Architecture, table: pricing.PriceTable) -> Decimal | None:
    """How busy an environment must be for keeping it to be cheaper than none: kept / (on demand - provisioned)."""
    parts = (table.provisioned_kept, table.on_demand, table.provisioned)
    if any(architecture not in part for part in parts):
        return None
    kept, on_demand, provisioned = (part[architecture].first_tier_usd for part in parts)
    return kept / (on_demand - provisioned)


def arm64_time_ratio(table: pricing.PriceTable) -> Decimal | None:
    """As long as arm64 takes less than this times x86_64's time, it is the cheaper."""
    if not {"arm64", "x86_64"} <= table.on_demand.keys():
        return None
    return table.on_demand["x86_64"].first_tier_usd / table.on_demand["arm64"].first_tier_usd


def rekognition_line(workload: Workload, table: pricing.PriceTable) -> pricing.Line | None:
    """What Rekognition charges for the month's pictures, through its tiers; None where it does no such thing."""
    counterpart = ROUTES[workload.route].counterpart
    if counterpart is None:
        return None
    return pricing.bill_line(
        f"rekognition.{counterpart}", workload.images_per_month, table.rekognition.get(counterpart)
    )


def instance_images_per_day(
    outcome: Outcome, workload: Workload, instance_type: str, table: pricing.PriceTable
) -> Decimal | None:
    """The volume at which one instance, on all month, costs what this plan costs a picture.

    An instance is the cheaper above it, if it can do so many.
    """
    entry = table.sagemaker.get(instance_type)
    if entry is None or outcome.usd is None or not outcome.usd:
        return None
    usd_per_image = outcome.usd / workload.images_per_month
    return entry.first_tier_usd * HOURS / usd_per_image
