"""A service in a GPU container: leased memory, a model that opens, the app, and an orderly end."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

from fastapi import FastAPI

from functions.common.deployment import ServiceSettings
from functions.common.gpu.asynchronous import AsynchronousApp
from functions.common.gpu.device import limit_memory
from functions.common.gpu.lease import Lease, LeaseError, Share
from functions.common.gpu.server import Server
from functions.common.gpu.settings import GpuSettings, LeaseSettings, read_gpu_settings, with_defaults
from functions.common.loading import Loading
from functions.common.settings import SettingsError

Model = TypeVar("Model")
Settings = TypeVar("Settings", bound=ServiceSettings)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service(Generic[Model, Settings]):
    """What makes one function's container."""

    name: str
    read_settings: Callable[[Mapping[str, str]], Settings]
    open_model: Callable[[Settings, GpuSettings], Model]
    create_app: Callable[[Loading[Model], Settings], FastAPI]


class Container(Generic[Model, Settings]):
    """One container's service, put together from its environment."""

    def __init__(self, service: Service[Model, Settings], environment: Mapping[str, str]) -> None:
        """Raises SettingsError."""
        environment = with_defaults(service.name, environment)
        settings = service.read_settings(environment)
        self.gpu = read_gpu_settings(environment, settings.deployment.artifacts)
        self.status = 0
        """The process's exit status."""
        self._lease = self._leased(self.gpu.lease) if self.gpu.lease else None
        self.loading = Loading(lambda: self._open(service, settings), self._lease.hindrance if self._lease else None)
        app = service.create_app(self.loading, settings)
        self.app = AsynchronousApp(app, self.loading, settings.deployment.max_request_bytes, self._after_a_fault)
        self._server = Server(self.app, self.gpu.host, self.gpu.port)
        self.about = f"{service.name} on {self.gpu.device.name or 'the processor'} in {self.gpu.device.precision}"

    def run(self) -> None:
        """Loads and serves until told to stop; the lease is given back however that ends."""
        self.loading.start()
        try:
            self._server.serve_until_stopped()
        finally:
            # The memory itself is free a moment later, when the process ends: the next holder reads its weights first.
            if self._lease:
                self._lease.release()

    def _open(self, service: Service[Model, Settings], settings: Settings) -> Model:
        if self._lease and self.gpu.lease:
            self._lease.take()
            limit_memory(self.gpu.device, self.gpu.lease.wanted_mb)
        try:
            return service.open_model(settings, self.gpu)
        except Exception:
            if self._lease:
                # It will never be served, and holds memory that others wait for.
                self._fail()
            raise

    def _leased(self, lease: LeaseSettings) -> Lease:
        share = Share(lease.gpu, lease.wanted_mb, lease.capacity_mb)
        try:
            return Lease(lease.url, share, term_seconds=lease.term_seconds, lost=self._fail)
        except LeaseError as error:
            raise SettingsError(f"GPU_MEMORY_MB: {error}") from error
        except ValueError as error:
            raise SettingsError("GPU_LEASE_URL: not a URL of Redis") from error

    def _after_a_fault(self) -> None:
        if not self.gpu.device.answers():
            logger.error("the GPU gives this process nothing but errors: it ends, for another to begin afresh")
            self._fail()

    def _fail(self) -> None:
        """Ends the process once what runs is finished; then its memory is free for whoever has the lease."""
        self.status = 1
        self._server.stop()


def main(service: Service[Model, Settings], arguments: Sequence[str]) -> int:
    """`python -m functions.<name>.gpu [serve]`: serves until told to stop, and gives the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if list(arguments) not in ([], ["serve"]):
        sys.stderr.write(f"usage: python -m functions.{service.name}.gpu [serve]\n")
        return 2
    try:
        container = Container(service, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logger.info("imajin %s, port %d", container.about, container.gpu.port)
    container.run()
    return container.status


def end(status: int) -> NoReturn:
    """Ends the process at once: by now everything has been given back.

    Python's own shutdown takes torch apart piece by piece, two seconds of processor time (on a busy machine fifteen
    seconds and more), and waits for the threads of unfinished requests; SageMaker kills after 30 s.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
