"""The server of a GPU container: told to stop, it finishes what it has begun."""

from __future__ import annotations

import asyncio
import logging
import threading
from types import FrameType
from typing import Final

import uvicorn

from functions.common.gpu.asynchronous import AsynchronousApp

STOP_SECONDS: Final = 27.0
"""SageMaker kills a container 30 s after it told it to stop."""

logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Once told to stop, finishes the requests it has and answers new ones with 503 until then."""

    def __init__(self, app: AsynchronousApp, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        )
        self._app = app
        self._told = False
        self._signalled = False

    def serve_until_stopped(self) -> None:
        """Serves until SIGTERM, SIGINT or `stop`. Must run in the main thread.

        Threads of requests that were not finished in time are left to themselves: the process is to be ended next.
        """
        # asyncio.run would wait for those threads, and so for the kill that ends them.
        asyncio.new_event_loop().run_until_complete(self.serve())

    def stop(self) -> None:
        """Lets work finish, for at most STOP_SECONDS. From any thread, and before it serves as well."""
        if not self._told:
            self._told = True
            self._app.stop()
            threading.Thread(target=self._finish, name="stop", daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A first signal stops; a second does not wait."""
        if self._signalled:
            super().handle_exit(sig, frame)
            return
        self._signalled = True
        self.stop()

    def _finish(self) -> None:
        if not self._app.wait_until_idle(STOP_SECONDS):
            logger.error("stopped with requests unfinished after %g s", STOP_SECONDS)
        self.should_exit = True
