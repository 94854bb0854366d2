"""A deployed stack beside its plan: a bounded number of calls, their times and their receipts."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from models.errors import CanaryError
from ops.errors import OpsError
from ops.plan.assumptions import Assumptions
from ops.plan.measurements import Measurement
from ops.plan.search import Plan
from ops.plan.settings import Setting, request_seconds

PATHS: Final[Mapping[str, str]] = {
    "detect": "/detect",
    "moderate": "/moderate",
    "align": "/align?requested_filters=kimono",
    "classify": "/classify?labels=kimono,hoodie",
    "score": "/score?prompt=a+person+with+purple+hair",
}
"""Of the routes that a plan knows, those that take a picture's bytes."""
MOST_CALLS: Final = 500


class Service(Protocol):
    """What is asked: `ops.api_endpoint.ApiEndpoint`."""

    def post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """The JSON object that answers. Raises CanaryError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Some calls one after another. `billed` are warm calls by their receipts, `seconds` all as the caller saw them.

    `estimated` says that nothing was billed: the service does not run on Lambda, and its memory is a setting.
    """

    model: str
    seconds: tuple[float, ...]
    billed: tuple[float, ...]
    cold: int
    usd: Decimal | None
    memory_mb: int
    architecture: str
    estimated: bool

    @property
    def usd_per_thousand(self) -> Decimal | None:
        """USD of a thousand such calls, cold ones among them."""
        return None if self.usd is None else self.usd * 1000 / len(self.seconds)


def percentile(values: tuple[float, ...], share: float) -> float:
    """The value that a share of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def measure(
    service: Service, route: str, picture: bytes, calls: int, clock: Callable[[], float] = time.perf_counter
) -> Measured:
    """Ask `calls` times about a JPEG. Raises OpsError where one is not answered, or has no receipt of Lambda's form."""
    if route not in PATHS:
        raise OpsError(f"what can be verified is {', '.join(PATHS)}, not {route!r}")
    if not 1 <= calls <= MOST_CALLS:
        raise OpsError(f"between 1 and {MOST_CALLS} calls are made, not {calls}")
    seconds: list[float] = []
    answers: list[dict[str, Any]] = []
    for _ in range(calls):
        started = clock()
        try:
            answers.append(service.post(PATHS[route], picture, "image/jpeg"))
        except CanaryError as error:
            raise OpsError(str(error)) from error
        seconds.append(clock() - started)
    try:
        return _add_up(seconds, answers)
    except (KeyError, TypeError, ArithmeticError) as error:
        raise OpsError(f"what answers is no service of this project: a receipt or model without {error}") from error


def measured_as(model: str, measurements: Sequence[Measurement]) -> str | None:
    """Of the shapes that were measured the one that a service names as its model; None where it is another."""
    return next((found.model for found in measurements if _plain(found.model) in _plain(model)), None)


def _plain(name: str) -> str:
    """Letters and digits: `THUDM/ImageReward` is image-reward."""
    return "".join(character for character in name.lower() if character.isalnum())


def _add_up(seconds: list[float], answers: list[dict[str, Any]]) -> Measured:
    calls = len(answers)
    receipts = [answer.get("cost") for answer in answers]
    known = [receipt for receipt in receipts if isinstance(receipt, dict) and receipt.get("memory_mb")]
    if len(known) < calls:
        raise OpsError(f"{calls - len(known)} of {calls} answers have no receipt of a function's")
    warm = [receipt["billed_ms"] / 1000 for receipt in known if not receipt["init_ms"]]
    amounts = [None if receipt["usd"] is None else Decimal(receipt["usd"]) for receipt in known]
    return Measured(
        model=str(answers[-1]["model"]["id"]),
        seconds=tuple(seconds),
        billed=tuple(warm),
        cold=calls - len(warm),
        usd=None if None in amounts else sum((amount for amount in amounts if amount is not None), Decimal(0)),
        memory_mb=known[-1]["memory_mb"],
        architecture=known[-1]["architecture"],
        estimated=bool(known[-1]["estimated"]),
    )


def core_factor(plan: Plan, found: Measured, assumed: Assumptions) -> float | None:
    """What a core's time is in terms of the bench's, by the warm calls: the factor to plan with. None without any.

    It holds where the deployed model is the planned one.
    """
    if not found.billed or found.architecture not in assumed.time_factors:
        return None
    setting = Setting(
        measurement=plan.chosen.setting.measurement,
        architecture="arm64" if found.architecture == "arm64" else "x86_64",
        memory_mb=found.memory_mb,
        kept=0,
    )
    bare = Assumptions(parallel_share=assumed.parallel_share, time_factors={"x86_64": 1.0, "arm64": 1.0})
    one = request_seconds(setting, plan.workload, bare) / plan.workload.images_per_request
    return statistics.median(found.billed) / one
