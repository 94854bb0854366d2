"""The receipt of every call as metrics: one line of Embedded Metric Format on standard output."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from typing import Any, Final

from functions.common.exchange import Exchange
from functions.common.faults import trace
from functions.common.receipts import Platform
from functions.common.wire import Cost

logger = logging.getLogger(__name__)

NAMESPACE: Final = "Imajin"
UNMATCHED: Final = "unmatched"
"""The route of a call that no route took: its path is the caller's text."""
NO_STAGE: Final = "none"
_KEY: Final = "apiKeyId"


class MetricsLog:
    """Writes a line for each call; what goes wrong here is logged and costs the line alone.

    CostUsd, GbSeconds and BilledMs are left out where they are not known: a metric of 0 would say that they are 0.
    """

    def __init__(self, function: str, stage: str | None) -> None:
        # Imported here, so that nothing pays for it where no metrics are emitted. Where they are, it costs a cold start
        # nothing: the app is made while another thread reads the model.
        from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (  # noqa: PLC0415
            AmazonCloudWatchEMFProvider,
        )

        self._provider = AmazonCloudWatchEMFProvider
        self._function = function
        self._stage = stage

    def emit(self, exchange: Exchange, route: str | None, status: int) -> None:
        """Writes what `exchange`, now answered with `status`, was and cost. Raises nothing."""
        try:
            line = json.dumps(self._line(exchange, route, status), separators=(",", ":"), allow_nan=False)
            # In one piece: other lines may be written by other threads.
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is made
            logger.error("request %s: no metrics: %s", exchange.request_id, trace(error))  # noqa: TRY400

    def _line(self, exchange: Exchange, route: str | None, status: int) -> Any:
        call, cost = exchange.invocation, exchange.receipt()
        provider = self._provider(namespace=NAMESPACE)
        # POWERTOOLS_SERVICE_NAME would add a dimension.
        provider.service = None  # type: ignore[assignment]  # it may be None, but is not declared so
        provider.add_dimension("Function", self._function)
        provider.add_dimension("Route", route or UNMATCHED)
        provider.add_dimension("Stage", self._stage or call.stage or NO_STAGE)
        for name, unit, value in (
            ("CostUsd", "None", cost.usd if cost else None),
            ("GbSeconds", "None", cost.gb_seconds if cost else None),
            ("BilledMs", "Milliseconds", cost.billed_ms if cost else None),
            ("Images", "Count", exchange.images),
            ("ColdStart", "Count", int(call.init_ms > 0)),
        ):
            if value is not None:
                provider.add_metric(name, unit, float(value))
        provider.add_metadata("request_id", exchange.request_id)
        provider.add_metadata("caller", anonymous(call.caller))
        provider.add_metadata("status", status)
        provider.add_metadata("receipt", _figures(cost))
        return provider.serialize_metric_set()


def open_metrics(platform: Platform) -> MetricsLog | None:
    """The log of a platform that has one."""
    return MetricsLog(platform.function, platform.stage) if platform.metrics else None


def anonymous(caller: str | None) -> str | None:
    """A caller as metrics name it: `key:<API key's id>`, or `iam:` and a hash that stands for the principal."""
    if caller is None:
        return None
    kind, _, identity = caller.partition(":")
    if kind == _KEY:
        return f"key:{identity}"
    return f"iam:{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


def _figures(cost: Cost | None) -> dict[str, Any] | None:
    """The receipt without what is null, and without the shares of single pictures: logs are paid by size."""
    return None if cost is None else cost.model_dump(exclude={"items"}, exclude_none=True)
