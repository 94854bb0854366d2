"""A service on a local port: `python -m functions.<name>`. The only module that starts a server."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping

import uvicorn
from fastapi import FastAPI

from functions.common.settings import SettingsError


def serve(service: str, default_port: int, prepare: Callable[[Mapping[str, str]], tuple[FastAPI, str]]) -> int:
    """Serves until interrupted, and gives the exit status.

    `prepare` makes the app of an environment, with a word about it for whoever starts it; it may raise SettingsError.
    The server itself is told HOST and PORT.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        app, about = prepare(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", str(default_port)))
    sys.stdout.write(f"imajin {service} on http://{host}:{port} {about}\n")
    sys.stdout.flush()
    uvicorn.run(app, host=host, port=port, log_level="warning", lifespan="off")
    return 0
