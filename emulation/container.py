"""A function's image run as Lambda runs it: its limits, a read-only file system, an unprivileged user, no network."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from emulation.cgroups import CgroupMemory, cpu_limit
from emulation.commands import run_command
from emulation.emulated_function import EmulatedFunction
from emulation.errors import EmulationError
from emulation.execution_environment import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_SECONDS, lambda_environment
from emulation.invocations import Answer, parse_output
from emulation.runtime_emulator import CACHE, REPOSITORY_ROOT

MEMORY_MB_PER_VCPU: Final = 1769
_EMULATOR_PORT: Final = 8080
_START_SECONDS: Final = 120
_LIFETIME_SECONDS: Final = 900
_LISTENING: Final = "0A"


class FunctionContainer(EmulatedFunction):
    """A context manager that runs `image` under podman and runc, with its own entry point, until it is left.

    The limits are Lambda's: `memory_mb` and its share of vCPUs, 512 MB of /tmp and nothing else to write to, 1,024
    processes and open files, no capabilities. There is no network but the loopback inside. Needs root.
    """

    def __init__(
        self,
        image: str,
        environment: Mapping[str, str] | None = None,
        *,
        memory_mb: int = DEFAULT_MEMORY_MB,
        timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(timeout_seconds)
        self._image = image
        self._memory_mb = memory_mb
        function = image.rpartition("/")[2].partition(":")[0]
        # Lambda's user has a home that does not exist.
        self._environment = {"HOME": "/home/sbx_user1051", **lambda_environment(memory_mb, timeout_seconds, function)}
        self._environment |= environment or {}
        self._name = f"{function}-{secrets.token_hex(4)}"
        self._main_process = 0
        self._started = 0.0
        self.start_seconds = 0.0
        """From `podman run` to the emulator's first listening; the handler is imported by the first invocation."""

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command inside, as the function's user and under its limits."""
        return subprocess.run(
            ["podman", "exec", self._name, *command],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def memory(self) -> CgroupMemory:
        """The memory used since the start, as the kernel accounts it."""
        return CgroupMemory.of_process(self._main_process)

    def cpus(self) -> float | None:
        """How many processors' time it may take, as the kernel has it; None for no limit."""
        return cpu_limit(self._main_process)

    def _start(self) -> subprocess.Popen[bytes]:
        self._started = time.perf_counter()
        CACHE.mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=self._log.fileno(),
            stderr=subprocess.STDOUT,
            cwd=CACHE,  # podman's monitor leaves a file named oom where it stands when a container runs out of memory
        )

    def _send(self, payload: bytes) -> Answer:
        client = [sys.executable, "-m", "emulation.invocations", str(_EMULATOR_PORT), str(self._answer_seconds)]
        result = subprocess.run(
            ["nsenter", f"--net=/proc/{self._main_process}/ns/net", *client],
            input=payload,
            capture_output=True,
            check=False,
            cwd=REPOSITORY_ROOT,
        )
        if result.returncode != 0:
            raise EmulationError(f"the emulator did not answer: {result.stderr.decode()[-500:]}\n{self._log.text()}")
        return parse_output(result.stdout)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        run_command("podman", "rm", "--force", "--ignore", "--time", "0", self._name)
        process.wait()

    def _command(self) -> list[str]:
        command = ["podman", "run", "--rm", "--name", self._name, "--runtime", "runc", "--network", "none"]
        command += ["--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,size=512m,mode=1777"]  # noqa: S108
        command += ["--user", "993:990", "--cap-drop", "all", "--security-opt", "no-new-privileges"]
        command += ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        command += ["--memory", f"{self._memory_mb}m", "--memory-swap", f"{self._memory_mb}m"]
        command += ["--cpus", f"{self._memory_mb / MEMORY_MB_PER_VCPU:.2f}", "--timeout", str(_LIFETIME_SECONDS)]
        for name, value in self._environment.items():
            command += ["--env", f"{name}={value}"]
        return [*command, self._image]

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            state = subprocess.run(
                ["podman", "inspect", "--format", "{{.State.Pid}}", self._name],
                check=False,
                capture_output=True,
                text=True,
            )
            self._main_process = int(state.stdout) if state.returncode == 0 else 0
            while self._main_process and _exists(self._main_process) and time.monotonic() < deadline:
                if _listens(self._main_process, _EMULATOR_PORT):
                    self.start_seconds = time.perf_counter() - self._started
                    return
                time.sleep(0.01)
            time.sleep(0.02)
        raise EmulationError(f"the container did not start:\n{self._log.text()}")


def _exists(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def _listens(process: int, port: int) -> bool:
    """Whether anything listens on `port` in the network namespace of `process`."""
    sockets = []
    for table in ("tcp", "tcp6"):
        try:
            sockets += Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]
        except (FileNotFoundError, ProcessLookupError, OSError):
            continue
    fields = (line.split() for line in sockets)
    return any(parts[1].endswith(f":{port:04X}") and parts[3] == _LISTENING for parts in fields)
