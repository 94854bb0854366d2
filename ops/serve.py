"""Starts both services on local ports, as one program: `python -m ops.serve`.

One Ctrl-C stops both, and where one ends the other is stopped too. Each has its own process, as it has in the cloud; a
line of its log begins with its name. Settings are the environment's, but for the ports.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final, TextIO, TypeAlias

from ops.files import ROOT
from ops.options import Parser, whole

PORTS: Final[Mapping[str, int]] = {"semantic": 8005, "aesthetic": 8006}
_STOP_SECONDS: Final = 15
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Service:
    """A program to run, and what to call it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """A service's process is gone."""

    name: str
    status: int
    """As `Popen.returncode` has it."""

    def __str__(self) -> str:
        if self.status < 0:
            return f"{self.name} was ended by {signal.Signals(-self.status).name}"
        return f"{self.name} ended with exit status {self.status}"


Event: TypeAlias = Ended | signal.Signals


def local_services(ports: Mapping[str, int]) -> list[Service]:
    """The functions as services of this Python, each on its port."""
    return [
        Service(name, (sys.executable, "-m", f"functions.{name}"), os.environ | {"PORT": str(port)})
        for name, port in ports.items()
    ]


def run(services: Sequence[Service], output: TextIO) -> int:
    """Runs all of them until a signal asks to stop (exit status 0) or one of them ends (1)."""
    events: SimpleQueue[Event] = SimpleQueue()
    width = max(len(service.name) for service in services)
    with _signals_to(events):
        # In sessions of their own: a terminal's Ctrl-C reaches this process alone, which passes it on once.
        processes = {
            service.name: subprocess.Popen(  # noqa: S603 - the caller's own programs
                service.command,
                cwd=ROOT,
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            for service in services
        }
        followers = [
            threading.Thread(target=_follow, args=(name, f"{name:<{width}} | ", process, output, events))
            for name, process in processes.items()
        ]
        for follower in followers:
            follower.start()
        first = events.get()
        others = " and ".join(name for name in processes if not (isinstance(first, Ended) and name == first.name))
        why = f"{first}, so {others} is stopped as well" if isinstance(first, Ended) else f"stopping {others}"
        _write(output, f"{why}\n")
        _stop(list(processes.values()), events)
        for follower in followers:
            follower.join()
    return 1 if isinstance(first, Ended) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until interrupted; the exit status."""
    parser = Parser(prog="python -m ops.serve", description="Both services on local ports.")
    port = whole(1, 65_535)
    for name, default in PORTS.items():
        parser.add_argument(f"--{name}-port", type=port, default=default, metavar="PORT", help=f"default: {default}")
    options = parser.parse_args(arguments)
    ports = {name: getattr(options, f"{name}_port") for name in PORTS}
    if len(set(ports.values())) < len(ports):
        parser.error("each service needs a port of its own")
    return run(local_services(ports), sys.stdout)


@contextmanager
def _signals_to(events: SimpleQueue[Event]) -> Iterator[None]:
    """While the context lasts, signals that ask to stop become events."""
    before = {
        number: signal.signal(number, lambda number, _frame: events.put(signal.Signals(number)))
        for number in _STOP_SIGNALS
        # Under nohup SIGHUP is ignored, and stays so.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _follow(name: str, prefix: str, process: subprocess.Popen[str], output: TextIO, events: SimpleQueue[Event]) -> None:
    """Passes on what the process writes, line by line, until it has ended."""
    if process.stdout is not None:
        with process.stdout as lines:
            for line in lines:
                if not _write(output, f"{prefix}{line.rstrip()}\n"):
                    events.put(signal.SIGPIPE)
    events.put(Ended(name, process.wait()))


def _write(output: TextIO, text: str) -> bool:
    """Whether anybody still reads. One call writes a line, so that those of two services do not mix."""
    try:
        output.write(text)
        output.flush()
    except OSError:
        return False
    return True


def _stop(processes: Sequence[subprocess.Popen[str]], events: SimpleQueue[Event]) -> None:
    """Lets all of them finish what they are at; who asks again, or time, ends them at once."""
    for process in processes:
        process.terminate()
    latest = time.monotonic() + _STOP_SECONDS
    while any(process.poll() is None for process in processes):
        try:
            again = not isinstance(events.get(timeout=max(0.0, latest - time.monotonic())), Ended)
        except Empty:
            again = True
        if again:
            for process in processes:
                process.kill()
            for process in processes:
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
