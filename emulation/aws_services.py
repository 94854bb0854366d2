"""AWS's other services, emulated in a process of their own (MiniStack), for as long as a context lasts."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import IO, Any, Final, Self

import boto3

from emulation.errors import EmulationError

REGION: Final = "us-east-1"
_START_SECONDS: Final = 120


class AwsServices:
    """An empty account. `options` are MiniStack's own environment variables."""

    def __init__(self, **options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open until the process ends
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """The `endpoint_url` of every service."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """boto3's client of a service."""
        return boto3.client(service, **self.client_options)

    @property
    def client_options(self) -> dict[str, str]:
        """What leads any of boto3's clients here."""
        return {
            "region_name": REGION,
            "endpoint_url": self.url,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }

    def __enter__(self) -> Self:
        environment = {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}
        # Listeners of services that nothing here uses, on ports of their own.
        environment |= {"SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "MINISTACK_REGION": REGION}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env={**os.environ, **environment, **self._options},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                self._log.seek(0)
                raise EmulationError(f"MiniStack did not start:\n{self._log.read().decode(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._log.close()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
