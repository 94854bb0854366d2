"""What this package raises."""

from __future__ import annotations


class EmulationError(Exception):
    """Something the emulation needs is missing or failed; the message says what, and what to do."""
