"""What the platform knows about the call being served, handed from the entry point to the app."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from functions.common.instance_time import Turn


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call, as it will be billed."""

    request_id: str | None = None
    """Given by the platform, if there is one."""
    started: float = field(default_factory=time.perf_counter)
    """`time.perf_counter()` at entry."""
    init_ms: float = 0.0
    """Initialisation billed with this call: that of the first call of an on-demand environment, else 0."""
    around_ms: float = 0.0
    """Billed with this call before the handler begins and after the receipt is written."""
    stage: str | None = None
    """The gateway's stage; None where there is no gateway."""
    caller: str | None = None
    """Who signed the call or holds its API key, as the gateway knows them; None where it knows nobody."""
    turn: Turn | None = None
    """On an instance paid by the hour: this job's part of its time."""
    deadline: float | None = None
    """`time.perf_counter()` at which the platform gives up."""


current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)
