"""An instance's time, paid for by the hour whether it is busy or not, shared out among the jobs it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Turn:
    """One job on an instance."""

    idle_seconds: float
    """What the instance waited, on nobody's receipt, before this job."""
    _settle: Callable[[], None]
    _spent: float = 0.0
    _told: float = 0.0

    def seconds(self) -> float:
        """The job's part of the instance's time so far, as its receipt has it."""
        self._settle()
        self._told = self._spent
        return self._told

    def add(self, seconds: float) -> None:
        """Gives it more of the instance's time."""
        self._spent += seconds

    @property
    def untold_seconds(self) -> float:
        """What it took since its receipt: sending the answer; or all of a job that had no receipt."""
        return self._spent - self._told


class InstanceClock:
    """Splits the time of one instance, from the moment it is made: evenly among jobs at work at the same time.

    All of it goes somewhere: the seconds on receipts, and the idle seconds beside them, add up to the time between the
    making of the clock and the last receipt. Thread-safe. `now` gives seconds that never run back.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._turns: list[Turn] = []
        self._settled = now()
        self._idle = 0.0

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """A job, from its arrival to its answer."""
        with self._lock:
            self._settle()
            turn = Turn(self._idle, self._settle)
            self._idle = 0.0
            self._turns.append(turn)
        try:
            yield turn
        finally:
            with self._lock:
                self._settle()
                self._turns.remove(turn)
                self._idle += turn.untold_seconds

    def _settle(self) -> None:
        with self._lock:
            now = self._now()
            passed, self._settled = now - self._settled, now
            for turn in self._turns:
                turn.add(passed / len(self._turns))
            if not self._turns:
                self._idle += passed
