"""Loading the model beside everything else, so that a long load can go on past the init phase."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, Self, TypeVar

from functions.common.artifact import ArtifactError, UnfitArtifact
from functions.common.deadline import soft_deadline
from functions.common.errors import ModelUnavailable
from functions.common.exchange import Exchange

Model = TypeVar("Model")

logger = logging.getLogger(__name__)


class Loading(Generic[Model]):
    """Runs `load` once in a thread, from `start` on; whoever needs the model waits for it.

    `hindrance` says what the load itself is waiting for, if anything: nobody waits for that, they are told at once.
    """

    def __init__(
        self, load: Callable[[], Model], hindrance: Callable[[], ModelUnavailable | None] | None = None
    ) -> None:
        self._hindrance = hindrance
        self._done = threading.Event()
        self._model: Model | None = None
        self._failure: Exception | None = None
        self.load_ms = 0.0
        self._thread = threading.Thread(target=self._run, args=(load,), name="load-model", daemon=True)

    def start(self) -> Self:
        """Begins to load; called once."""
        self._thread.start()
        return self

    def _run(self, load: Callable[[], Model]) -> None:
        started = time.perf_counter()
        try:
            self._model = load()
        except Exception as error:
            # Kept for every request to come: a model that cannot be trusted is never served.
            self._failure = error
            if isinstance(error, ArtifactError):
                logger.error("the model cannot be served: %s", error)  # noqa: TRY400 - the message is the whole story
            else:
                logger.exception("the model failed to load")
        finally:
            self.load_ms = (time.perf_counter() - started) * 1000
            self._done.set()

    def wait(self, timeout_seconds: float) -> bool:
        """Waits for the load to end, well or not; False if it is still going on."""
        return self._done.wait(timeout_seconds)

    def get(self, timeout_seconds: float) -> Model:
        """The model, waiting for it at most `timeout_seconds`. Raises ModelUnavailable."""
        hindrance = self._hindrance() if self._hindrance and not self._done.is_set() else None
        if hindrance is not None:
            raise hindrance
        if not self._done.wait(max(0.0, timeout_seconds)):
            raise ModelUnavailable("the model is still loading", retry_after_seconds=5)
        if isinstance(self._failure, UnfitArtifact):
            raise ModelUnavailable(self._failure.told, final=True)
        if self._failure is not None or self._model is None:
            raise ModelUnavailable("the model's files are missing or damaged, so it is not served")
        return self._model

    def get_for(self, exchange: Exchange, wait_seconds: float) -> Model:
        """The model for this call, waiting for it no longer than the call may last. Raises ModelUnavailable."""
        latest = soft_deadline(exchange.invocation, wait_seconds).at
        with exchange.stages.measure("load"):
            return self.get(latest - time.perf_counter())
