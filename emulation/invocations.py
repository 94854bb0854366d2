"""One event to an emulator and its answer.

As a program (`python -m emulation.invocations PORT TIMEOUT_SECONDS`) it sends its standard input and prints the status
and seconds on a line, then the answer: the way in where the emulator's port exists in another network namespace only.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from emulation.errors import EmulationError
from emulation.reports import Report

PATH: Final = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the emulator answered. A status other than 200 means that the runtime itself failed."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Invocation:
    """An answer and what was logged meanwhile. `report` is None if the runtime died."""

    answer: Answer
    log: str
    report: Report | None

    @property
    def payload(self) -> Any:
        """What the handler returned.

        Raises EmulationError, with the log, if that is not JSON or the runtime failed.
        """
        if self.answer.status != http.client.OK:
            raise EmulationError(f"the runtime failed: {self.answer.body.decode()}\n{self.log}")
        try:
            return json.loads(self.answer.body)
        except ValueError as error:
            raise EmulationError(f"the answer is not JSON: {self.answer.body[:500]!r}\n{self.log}") from error


def send(event: bytes, port: int, timeout_seconds: float) -> Answer:
    """Sends one event to the emulator on this host. Raises OSError where nothing answers in time."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("POST", PATH, event)
        response = connection.getresponse()
        return Answer(response.status, response.read(), time.perf_counter() - started)
    finally:
        connection.close()


def main() -> None:
    """Sends standard input, writes what `parse_output` reads."""
    answer = send(sys.stdin.buffer.read(), int(sys.argv[1]), float(sys.argv[2]))
    sys.stdout.buffer.write(f"{answer.status} {answer.seconds:.6f}\n".encode() + answer.body)


def parse_output(output: bytes) -> Answer:
    """The answer that `main` wrote."""
    first_line, _, body = output.partition(b"\n")
    status, seconds = first_line.split()
    return Answer(int(status), body, float(seconds))


if __name__ == "__main__":
    main()
