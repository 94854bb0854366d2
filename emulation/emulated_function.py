"""A function behind the runtime emulator: started on entering, asked one event at a time, ended on leaving."""

from __future__ import annotations

import json
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from emulation.invocations import Answer, Invocation
from emulation.logs import EmulatorLog

# An init, which the emulator does not count, and the killing of a runtime that timed out.
_MARGIN_SECONDS: Final = 60


class EmulatedFunction(ABC):
    """A context manager around a process that runs the emulator. As in Lambda, more callers wait for each other."""

    def __init__(self, timeout_seconds: int) -> None:
        self._answer_seconds = timeout_seconds + _MARGIN_SECONDS
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = EmulatorLog()

    def __enter__(self) -> Self:
        self._process = self._start()
        try:
            self._wait_until_listening()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def invoke(self, event: Mapping[str, Any] | bytes) -> Invocation:
        """Sends one event, a JSON object or the bytes themselves, and waits for the answer.

        Raises EmulationError if the emulator does not answer within the function's timeout and a margin.
        """
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        with self._lock:
            start = self._log.size()
            return self._log.invocation(self._send(payload), start)

    def close(self) -> None:
        """Ends the function and whatever it started; safe to call twice."""
        if self._process is not None:
            self._end(self._process)
            self._process = None
        self._log.close()

    @abstractmethod
    def _start(self) -> subprocess.Popen[bytes]:
        """Starts the emulator, its output in the log."""

    @abstractmethod
    def _wait_until_listening(self) -> None:
        """Raises EmulationError if it ends, or listens too late."""

    @abstractmethod
    def _send(self, payload: bytes) -> Answer:
        """The answer to one event. Raises EmulationError where none comes in `_answer_seconds`."""

    @abstractmethod
    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Ends the process and whatever it started."""
