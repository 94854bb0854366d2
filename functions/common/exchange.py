"""One request and its answer: identity, time by stage, notices, receipt."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request

from functions.common.invocation import Invocation
from functions.common.receipts import Cashier, ItemTime, Work
from functions.common.stages import Stages
from functions.common.wire import Cost, ModelReference, Notice
from pricing import RekognitionApi

_STATE_KEY: Final = "exchange"
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Exchange:
    """Collects what every answer carries while the request is worked on."""

    request_id: str
    invocation: Invocation
    cashier: Cashier
    stages: Stages = field(default_factory=Stages)
    notices: list[Notice] = field(default_factory=list)
    payload_bytes: int = 0
    """Size of the request body as far as it was read."""
    images: int = 0
    """Pictures judged."""
    counterpart: RekognitionApi | None = None
    """The Rekognition API whose price the receipt compares with; None where none answers anything alike."""
    items: list[ItemTime] = field(default_factory=list)
    """Where several pictures were sent: the time of each, in the order sent."""
    model: ModelReference | None = None
    cost: Cost | None = None
    """The receipt in the answer, once it is written: a header repeats it."""

    @property
    def total_ms(self) -> float:
        """Milliseconds since entry."""
        return (time.perf_counter() - self.invocation.started) * 1000

    def notice(self, code: str, detail: str) -> None:
        """Adds to the answer's `warnings`."""
        self.notices.append(Notice(code=code, detail=detail))

    def receipt(self) -> Cost | None:
        """The receipt in the answer, else what this call would cost if it ended now, billed initialisation included."""
        if self.cost is not None:
            return self.cost
        turn = self.invocation.turn
        work = Work(
            init_ms=self.invocation.init_ms,
            payload_bytes=self.payload_bytes,
            images=self.images,
            counterpart=self.counterpart,
            items=self.items,
            idle_seconds=None if turn is None else turn.idle_seconds,
        )
        duration_ms = self.total_ms if turn is None else turn.seconds() * 1000
        return self.cashier.receipt(duration_ms + self.invocation.around_ms + work.init_ms, work)

    def envelope(self, model: ModelReference) -> dict[str, Any]:
        """The fields of `Envelope`. Called last, so that time and cost cover the work done."""
        self.model = model
        return {"model": model, **self.closing()}

    def closing(self) -> dict[str, Any]:
        """The fields of `Envelope` where no model answers. Called last, as `envelope`."""
        self.cost = self.receipt()
        timing = {stage: round(spent, 3) for stage, spent in self.stages.milliseconds.items()}
        return {
            "request_id": self.request_id,
            "timing_ms": timing | {"total": round(self.total_ms, 3)},
            "cost": self.cost,
            "warnings": self.notices,
        }


def begin(invocation: Invocation, offered_id: str | None, cashier: Cashier) -> Exchange:
    """A new exchange; the id is the platform's, else the caller's if it is a plain one, else a new one."""
    own = offered_id if offered_id and _SANE_ID.fullmatch(offered_id) else uuid.uuid4().hex
    return Exchange(request_id=invocation.request_id or own, invocation=invocation, cashier=cashier)


def attach(scope: Any, exchange: Exchange) -> None:
    """Makes `exchange` the one of this ASGI scope."""
    scope.setdefault("state", {})[_STATE_KEY] = exchange


def exchange_of(request: Request) -> Exchange:
    """The exchange of this request."""
    exchange: Exchange = request.scope["state"][_STATE_KEY]
    return exchange
