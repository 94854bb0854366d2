"""One inference at a time, behind a short bounded queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from functions.common.errors import Busy
from functions.common.stages import Stages


class Admission:
    """Admits at most `capacity` requests at once, of which one holds the model; the next is refused with Busy.

    A process has as many cores as one inference can use, so a second one in parallel would slow both down and double
    the memory. What is admitted may decode pictures while it waits, so `capacity` also bounds the memory they take.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._places = threading.BoundedSemaphore(capacity)
        self._model = threading.Lock()

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, held while the request is worked on. Raises Busy at once when there is none."""
        if not self._places.acquire(blocking=False):
            raise Busy(
                f"{self._capacity} requests are already in progress or waiting, which is the limit",
                limit=self._capacity,
                retry_after_seconds=1,
            )
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def inference(self, stages: Stages, stage: str = "inference") -> Iterator[None]:
        """The model, when it is this request's turn; records the stages `queue` and `stage`."""
        with stages.measure("queue"):
            self._model.acquire()
        try:
            with stages.measure(stage):
                yield
        finally:
            self._model.release()
