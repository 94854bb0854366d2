"""When a call that may have more to do than time for it stops taking on more."""

from __future__ import annotations

from typing import Final

from functions.common.fetching import Deadline
from functions.common.invocation import Invocation

MARGIN_SECONDS: Final = 1.0
"""What the answer itself takes after the last piece of work."""


def soft_deadline(call: Invocation, seconds: float) -> Deadline:
    """So many seconds from entry, or shortly before the platform gives up, whichever comes first."""
    ends = call.started + seconds
    if call.deadline is not None:
        ends = min(ends, call.deadline - MARGIN_SECONDS)
    return Deadline(ends)
