"""What was kept ready by provisioned concurrency, and how much of it nobody used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pricing
from infra.config import FUNCTIONS
from ops.cost_report.billing import BilledTerms, price_table
from ops.cost_report.calls import Call
from ops.errors import OpsError

_PERIOD: Final = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[mhd])")
_SECONDS: Final = {"m": 60, "h": 3_600, "d": 86_400}
_MOST_DAYS: Final = 366
_KEPT: Final = re.compile(r"(?P<function>[a-z]+)=(?P<environments>[0-9]{1,5})x(?P<period>[0-9]+[mhd])")


def period_seconds(text: str) -> int:
    """A period as an operator writes it: 90m, 24h, 7d. Raises OpsError."""
    found = _PERIOD.fullmatch(text)
    seconds = 0 if found is None else int(found["count"]) * _SECONDS[found["unit"]]
    if not 0 < seconds <= _MOST_DAYS * _SECONDS["d"]:
        raise OpsError(
            f"a period is a number of minutes, hours or days, as in 90m, 24h or 7d, and at most {_MOST_DAYS}d, "
            f"not {text!r}"
        )
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the price of keeping a function ready depends on."""

    region: str
    architecture: pricing.Architecture
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Environments of a function kept ready for a time; `configured` None where only its calls can say how."""

    function: str
    environments: int
    seconds: int
    configured: Configured | None = None


def parse_kept(text: str) -> Kept:
    """`semantic=2x24h`: two environments for a day. Raises OpsError."""
    found = _KEPT.fullmatch(text)
    if found is None:
        raise OpsError(f"what was kept ready is written as in semantic=2x24h, not {text!r}")
    if found["function"] not in FUNCTIONS:
        raise OpsError(f"what can be kept ready is {' or '.join(FUNCTIONS)}, not {found['function']!r}")
    return Kept(found["function"], int(found["environments"]), period_seconds(found["period"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCost:
    """What keeping cost, and the part of it that was idle; both are on no receipt."""

    function: str
    environments: int
    hours: Decimal
    configured: Configured | None
    """None where nothing says by which price."""
    usd: Decimal | None
    busy_share: Decimal
    idle_usd: Decimal | None


def kept_costs(kept: Iterable[Kept], calls: Sequence[Call]) -> list[KeptCost]:
    """Priced by what is configured, else by what the function's own calls say of memory, architecture and region.

    Where nothing is said and no call ran under provisioned concurrency, the price is not known.
    """
    return [_cost(one, [call for call in calls if call.function == one.function]) for one in kept if one.environments]


def _cost(kept: Kept, calls: Sequence[Call]) -> KeptCost:
    used = [call for call in calls if call.provisioned]
    gb_seconds = sum((call.gb_seconds or Decimal(0) for call in used), Decimal(0))
    configured = kept.configured or _as_called(used)
    memory_mb = 0 if configured is None else configured.memory_mb
    available = Decimal(kept.environments) * kept.seconds * memory_mb / pricing.MB_PER_GB
    busy = min(Decimal(1), gb_seconds / available) if available else Decimal(0)
    rate = None if configured is None else _rate(configured)
    usd = None if rate is None else available * rate
    return KeptCost(
        function=kept.function,
        environments=kept.environments,
        hours=Decimal(kept.seconds) / 3600,
        configured=configured,
        usd=usd,
        busy_share=busy,
        idle_usd=None if usd is None else usd * (1 - busy),
    )


def _as_called(used: Sequence[Call]) -> Configured | None:
    """By calls that ran there: the first that says where, and the most memory of all."""
    memory_mb = max((_memory_mb(call) for call in used), default=0)
    receipts = (call.receipt for call in used if call.receipt is not None)
    terms = next((found for line in receipts if (found := BilledTerms.of(line))), None)
    if terms is None:
        return None
    return Configured(region=terms.region, architecture=terms.architecture, memory_mb=memory_mb)


def _memory_mb(call: Call) -> int:
    if call.report is not None:
        return call.report.memory_mb
    receipt = None if call.receipt is None else call.receipt.receipt
    return 0 if receipt is None else receipt.memory_mb or 0


def _rate(configured: Configured) -> Decimal | None:
    table = price_table(configured.region)
    entry = None if table is None else table.provisioned_kept.get(configured.architecture)
    return None if entry is None else entry.first_tier_usd
