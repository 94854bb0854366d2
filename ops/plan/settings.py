"""One way to run a model on Lambda: how fast it is, what it needs, and what a month of it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import pricing
from ops.plan.assumptions import GATEWAY_SECONDS, INITIALISATION_MB, MB_PER_VCPU, Assumptions
from ops.plan.measurements import Measurement
from ops.plan.queueing import cold_share, environments_at, overflow_share
from ops.plan.workload import Workload

_BYTES_PER_GB = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is decided: model, architecture, memory, environments kept ready."""

    measurement: Measurement
    architecture: pricing.Architecture
    memory_mb: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a setting does under a workload. `broken` names the limits that it does not keep; a plan has none."""

    setting: Setting
    request_seconds: float
    start_seconds: float
    p95_seconds: float
    cold_share: float
    concurrency: int
    bill: pricing.Bill
    broken: tuple[str, ...]

    @property
    def usd(self) -> Decimal | None:
        """A month; None where a price is not known."""
        return self.bill.usd


def request_seconds(setting: Setting, workload: Workload, assumed: Assumptions, slower: float = 1.0) -> float:
    """A warm request: Amdahl's law from the bench's threads to the vCPUs of this memory, times the core's factor.

    Below one vCPU the time is shared out, and so grows in proportion.
    """
    measured = setting.measurement
    one_core = measured.picture_seconds / _amdahl(measured.threads, assumed.parallel_share)
    vcpus = setting.memory_mb / MB_PER_VCPU
    picture = one_core * _amdahl(vcpus, assumed.parallel_share) * assumed.time_factors[setting.architecture] * slower
    return picture * workload.images_per_request


def start_seconds(setting: Setting, assumed: Assumptions, slower: float = 1.0) -> float:
    """What a cold start adds: reading the image, then opening the model, which one core does."""
    measured = setting.measurement
    read = (measured.model_mb + INITIALISATION_MB) / assumed.image_read_mb_per_second
    share = min(1.0, setting.memory_mb / MB_PER_VCPU)
    return read + measured.start_seconds * assumed.time_factors[setting.architecture] * slower / share


def needed_memory_mb(measured: Measurement, assumed: Assumptions) -> int:
    """For the model and the largest picture."""
    return math.ceil((measured.peak_mb + assumed.large_picture_mb) * assumed.memory_headroom)


def evaluate(
    setting: Setting, workload: Workload, table: pricing.PriceTable, assumed: Assumptions, slower: float = 1.0
) -> Outcome:
    """What comes of it. `slower` multiplies every computed time: 2 where Lambda is half as fast as assumed."""
    seconds, start = request_seconds(setting, workload, assumed, slower), start_seconds(setting, assumed, slower)
    kept_share, cold, requests = 0.0, 0.0, 0.0
    for rate in workload.hourly_requests_per_second():
        overflow = overflow_share(setting.kept, rate * seconds)
        requests += rate
        kept_share += rate * (1 - overflow)
        cold += rate * overflow * cold_share(rate * overflow, assumed.idle_seconds)
    kept_share, cold = kept_share / requests, cold / requests
    p95 = seconds * setting.measurement.spread + (start if cold > 0.05 else 0.0)
    concurrency = max(
        setting.kept, environments_at(workload.peak_per_second / workload.images_per_request, seconds, assumed.sigmas)
    )
    gb, month = Decimal(setting.memory_mb) / pricing.MB_PER_GB, workload.requests_per_month
    usage = pricing.Usage(
        architecture=setting.architecture,
        requests=month,
        on_demand_gb_seconds=month * gb * _exact((1 - kept_share) * seconds + cold * start),
        provisioned_gb_seconds=month * gb * _exact(kept_share * seconds),
        kept_gb_seconds=setting.kept * pricing.SECONDS_PER_MONTH * gb,
        gateway="rest",
        gateway_requests=month,
        logged_gb=month * assumed.logged_bytes / _BYTES_PER_GB,
        stored_image_gb=_exact((setting.measurement.model_mb + assumed.image_base_mb) / 1000),
    )
    return Outcome(
        setting=setting,
        request_seconds=seconds,
        start_seconds=start,
        p95_seconds=p95,
        cold_share=cold,
        concurrency=concurrency,
        bill=pricing.monthly_bill(usage, table),
        broken=tuple(_broken(setting, workload, assumed, p95=p95, longest=seconds + start, concurrency=concurrency)),
    )


def _broken(
    setting: Setting, workload: Workload, assumed: Assumptions, *, p95: float, longest: float, concurrency: int
) -> list[str]:
    needed = needed_memory_mb(setting.measurement, assumed)
    limits = []
    if setting.memory_mb < needed:
        limits.append(f"memory: {setting.memory_mb:,} MB, and {needed:,} MB are needed")
    if p95 > workload.p95_seconds:
        limits.append(f"p95: {p95:.2f} s, above the {workload.p95_seconds:g} s asked for")
    if longest > GATEWAY_SECONDS:
        limits.append(f"a cold call takes {longest:.1f} s, and the gateway gives up after {GATEWAY_SECONDS:g} s")
    if concurrency > assumed.concurrency_limit:
        limits.append(
            f"concurrency: {concurrency:,} environments at the peak, above the limit of {assumed.concurrency_limit:,}"
        )
    return limits


def _amdahl(cores: float, parallel_share: float) -> float:
    if cores < 1:
        return 1 / cores
    return (1 - parallel_share) + parallel_share / cores


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))
