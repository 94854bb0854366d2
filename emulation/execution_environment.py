"""One Lambda execution environment as a process here: the emulator, AWS's Python runtime client and a handler."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from emulation.architectures import local_architecture
from emulation.emulated_function import EmulatedFunction
from emulation.errors import EmulationError
from emulation.invocations import Answer, send
from emulation.runtime_emulator import REPOSITORY_ROOT, fetch_runtime_emulator

# No vCPU share is emulated here, only the name of the size; 3,008 MB is what a new account may use.
DEFAULT_MEMORY_MB: Final = 3008
DEFAULT_TIMEOUT_SECONDS: Final = 60
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 5


def lambda_environment(memory_mb: int, timeout_seconds: int, function_name: str) -> dict[str, str]:
    """The variables that Lambda sets for a function and the emulator does not."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


class ExecutionEnvironment(EmulatedFunction):
    """A context manager that runs `handler` (a dotted name, importable from `task_root`) until it is left.

    `python` is the command that the runtime client is run with, this process's own interpreter where none is given.

    The process sees `environment` and Lambda's own variables, nothing of the caller's. The handler is imported by the
    first invocation, as the emulator does it.
    """

    def __init__(
        self,
        handler: str,
        environment: Mapping[str, str],
        *,
        task_root: Path = REPOSITORY_ROOT,
        python: Sequence[str] = (sys.executable,),
        memory_mb: int = DEFAULT_MEMORY_MB,
        timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(timeout_seconds)
        self._handler = handler
        self._task_root = task_root
        self._python = python
        name = handler.rsplit(".", 1)[0].replace(".", "-")
        self._environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "LAMBDA_TASK_ROOT": str(task_root),
            **lambda_environment(memory_mb, timeout_seconds, name),
            **environment,
        }
        self._port = 0

    def _start(self) -> subprocess.Popen[bytes]:
        emulator = fetch_runtime_emulator(local_architecture())
        self._port, runtime_port = _free_ports(2)
        command = [str(emulator), "--log-level", "info"]
        command += ["--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"]
        command += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
        command += [*self._python, "-m", "awslambdaric", self._handler]
        return subprocess.Popen(
            command,
            cwd=self._task_root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log.fileno(),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _send(self, payload: bytes) -> Answer:
        try:
            return send(payload, self._port, self._answer_seconds)
        except OSError as error:
            raise EmulationError(f"the emulator did not answer: {error}\n{self._log.text()}") from error

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # The emulator gives the runtime a process group of its own, but not a session of its own.
        for survivor in _processes_of_session(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(survivor, signal.SIGKILL)

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.01)
        raise EmulationError(f"the emulator did not start:\n{self._log.text()}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]
    finally:
        for listener in sockets:
            listener.close()


def _processes_of_session(session: int) -> list[int]:
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name, which may hold anything) state ppid pgrp session ...
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            members.append(int(entry.parent.name))
    return members
