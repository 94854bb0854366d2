"""What a stage costs in a month in which nobody calls it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pricing
from infra.config import FunctionConfig
from infra.contracts import contract_routes
from ops.doctor.standing_prices import StandingPrices, read_prices
from ops.stage import Stage

CENT: Final = Decimal("0.01")
# The function without a model, which every stage has.
JOBS: Final = "jobs"
# infra/constructs/firewall.py
FIREWALL_RULES: Final = 2
# infra/constructs/alarms.py: errors, latency, throttles; spill-over of what is kept ready; then one metric a route for
# the day's cost, and the same and the calls for cold starts; the API's one; an endpoint's age, and failed and expired.
FUNCTION_ALARMS: Final = 3
SPILL_OVER_ALARMS: Final = 1
ENDPOINT_ALARMS: Final = 3
# Target tracking makes two alarms of its own; an endpoint's step policy has a third.
TRACKING_ALARMS: Final = 2
STEP_ALARMS: Final = 1
# CostUsd, GbSeconds, BilledMs, Images, ColdStart
RECEIPT_METRICS: Final = 5


@dataclass(frozen=True, slots=True)
class StandingLine:
    """One part of the bill; None is unknown, never 0. What only use costs is 0, and `detail` says what that is."""

    item: str
    detail: str
    usd: Decimal | None


def standing_cost(stage: Stage, region: str | None) -> list[StandingLine]:
    """The bill of a month of 730 hours without a single call, before any free tier."""
    return list(_lines(stage, region, read_prices(region)))


def total(lines: Iterable[StandingLine]) -> Decimal | None:
    """The sum, or None as soon as one part is unknown."""
    return pricing.total(*(line.usd for line in lines))


def _lines(stage: Stage, region: str | None, prices: StandingPrices) -> Iterator[StandingLine]:
    table = pricing.load(region) if region else None
    kept = table.provisioned_kept.get(stage.config.architecture) if table else None
    for name, function in stage.functions.items():
        count = function.provisioned_concurrency.minimum
        detail = f"{count} x {function.memory_mb:,} MB kept ready" if count else "none kept ready"
        gb_seconds = Decimal(count * pricing.SECONDS_PER_MONTH) * function.memory_mb / pricing.MB_PER_GB
        usd = _times(gb_seconds, kept.first_tier_usd if kept else None)
        yield StandingLine(f"provisioned concurrency, {name}", detail, usd)
    for name, function in stage.functions.items():
        yield _endpoint(name, function, table)
    alarms = alarm_metrics(stage) + scaling_alarms(stage)
    yield StandingLine("alarms", f"{alarms} metrics", _times(Decimal(alarms), prices.alarm_metric))
    yield StandingLine("dashboard", "1", _times(Decimal(1), prices.dashboard))
    routes = sum(len(contract_routes(name, reading=True)) for name in (*stage.functions, JOBS))
    metrics = f"up to {routes * RECEIPT_METRICS}, billed once called: {_each(prices.custom_metric)} each a month"
    yield StandingLine("metrics of receipts", metrics, Decimal(0))
    ingest = table.logs.get("ingest") if table else None
    yield StandingLine("logs", f"billed as they are written: {_price(ingest)} per GB", Decimal(0))
    if stage.config.waf:
        usd = prices.web_acl + FIREWALL_RULES * prices.rule
        yield StandingLine("web firewall", f"1 web ACL with {FIREWALL_RULES} rules", usd)


def alarm_metrics(stage: Stage) -> int:
    """Metrics that infra/constructs/monitoring.py watches: an alarm over several is billed for each."""
    count = 1
    for name in (*stage.functions, JOBS):
        routes = len(contract_routes(name))
        count += FUNCTION_ALARMS + (2 * routes + 1 if routes else 0)
    count += SPILL_OVER_ALARMS * sum(
        function.provisioned_concurrency.minimum > 0 for function in stage.functions.values()
    )
    return count + ENDPOINT_ALARMS * sum(function.gpu.enabled for function in stage.functions.values())


def scaling_alarms(stage: Stage) -> int:
    """Alarms that scaling goes by, of one metric each."""
    count = 0
    for function in stage.functions.values():
        kept = function.provisioned_concurrency
        count += TRACKING_ALARMS if kept.maximum > kept.minimum else 0
        count += TRACKING_ALARMS + STEP_ALARMS if function.gpu.enabled else 0
    return count


def why_unknown(lines: Iterable[StandingLine], region: str | None) -> str | None:
    """What is missing where a part of the bill is unknown; None where none is."""
    if total(lines) is not None:
        return None
    if region is None:
        return "prices depend on the region, and none is chosen: REGION=us-east-1, or export AWS_REGION=us-east-1"
    return f"neither pricing/regions nor ops/doctor/standing_prices.toml has this price for {region}"


def not_counted(region: str | None) -> str:
    """What stands there as well, and depends on what was built."""
    table = pricing.load(region) if region else None
    storage = table.ecr.get("storage") if table else None
    return f"Not included: container images stored in ECR, {_price(storage)} per GB a month."


def _endpoint(name: str, function: FunctionConfig, table: pricing.PriceTable | None) -> StandingLine:
    kind = function.gpu.instance_type
    hour = _price(table.sagemaker.get(kind) if table else None)
    detail = f"scaled to zero without jobs; one {kind} costs {hour} an hour" if function.gpu.enabled else "not deployed"
    return StandingLine(f"GPU endpoint, {name}", detail, Decimal(0))


def _price(entry: pricing.Price | None) -> str:
    return _each(entry.first_tier_usd if entry else None)


def _times(units: Decimal, usd: Decimal | None) -> Decimal | None:
    """None of something costs nothing, whatever its price."""
    if not units:
        return Decimal(0)
    return None if usd is None else (units * usd).quantize(CENT)


def _each(usd: Decimal | None) -> str:
    return "an unknown amount" if usd is None else f"{usd} USD"
