"""JSON Pointers (RFC 6901), by which errors name a place in a request."""

from __future__ import annotations

from collections.abc import Iterable


def json_pointer(steps: Iterable[str | int]) -> str:
    """The pointer to what these names and indexes lead to; empty for the whole document."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
