"""A service on a local port: `python -m functions.<name>`. The only module that starts a server."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import uvicorn
from fastapi import FastAPI

from functions.common.draining import DrainingMiddleware
from functions.common.settings import SettingsError, SettingsReader

REFUSED: Final = 2
"""The exit status where nothing was served."""


@dataclass(frozen=True, slots=True)
class LocalService:
    """An app, a word about it for whoever starts it, and what begins once it has its port: loading the model."""

    app: FastAPI
    about: str
    begin: Callable[[], object] = lambda: None


def serve(
    service: str,
    default_port: int,
    prepare: Callable[[Mapping[str, str]], LocalService],
    arguments: Sequence[str] = (),
) -> int:
    """Serves until interrupted, and gives the exit status.

    `prepare` makes the service of an environment; it may raise SettingsError. The server itself is told HOST and PORT.
    `arguments` of the command line have nothing to say but --help.
    """
    argparse.ArgumentParser(
        prog=f"python -m functions.{service}",
        description=f"The {service} service on a local port: PORT of the environment, else {default_port}. "
        "All other settings are variables of the environment too; docs/settings.md lists them.",
    ).parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        host, port = _read_address(os.environ, default_port)
        prepared = prepare(os.environ)
        # Before the model is loaded: a process that ends while ONNX Runtime opens a graph is aborted.
        listener = _listen(service, host, port)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    with listener:
        prepared.begin()
        sys.stdout.write(f"imajin {service} on {_url(listener)} {prepared.about}\n")
        sys.stdout.flush()
        server = uvicorn.Server(uvicorn.Config(DrainingMiddleware(prepared.app), log_level="warning", lifespan="off"))
        # uvicorn raises it again once every request is answered.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    return 0


def _read_address(environment: Mapping[str, str], default_port: int) -> tuple[str, int]:
    """Raises SettingsError."""
    read = SettingsReader(environment)
    # 0 is any that is free.
    address = read.text("HOST", "127.0.0.1"), read.integer("PORT", default_port, minimum=0, maximum=65_535)
    read.finish()
    return address


def _listen(service: str, host: str, port: int) -> socket.socket:
    """Raises SettingsError where nobody can listen there, with the settings that choose another place."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        another = f"PORT=... chooses another, for make serve {service.upper()}_PORT=..."
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"PORT: {port} is taken on {host}; {another}") from error
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"HOST, PORT: {host}, {port} cannot be listened on ({reason}); {another}") from error


def _url(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
