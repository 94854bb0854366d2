"""A service that finds its port taken says so, and which setting chooses another, before it loads anything."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from functions.common.local_server import LocalService, serve


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        yield port


@pytest.mark.parametrize("name", ["semantic", "aesthetic"])
def test_a_port_that_is_taken_is_one_sentence_and_no_abort(name: str, taken: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"functions.{name}"],
        env=os.environ | {"PORT": str(taken)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"PORT: {taken} is taken on 127.0.0.1; PORT=... chooses another, for make serve {name.upper()}_PORT=...\n"
    )


@pytest.mark.parametrize(("name", "port"), [("semantic", 8005), ("aesthetic", 8006), ("jobs", 8007)])
def test_who_asks_for_help_gets_no_server(name: str, port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"functions.{name}", "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert f"The {name} service on a local port: PORT of the environment, else {port}." in said


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "http"}, "PORT: expected a whole number, got 'http'\n"),
        ({"PORT": "65536"}, "PORT: expected 0 to 65535, got 65536\n"),
        ({"HOST": "203.0.113.1", "PORT": "0"}, "HOST, PORT: 203.0.113.1, 0 cannot be listened on ("),
        ({"HOST": "nowhere.invalid", "PORT": "0"}, "HOST, PORT: nowhere.invalid, 0 cannot be listened on ("),
    ],
)
def test_nothing_is_loaded_where_nobody_can_listen(
    environment: dict[str, str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    begun: list[str] = []
    status = serve("semantic", 0, lambda _: LocalService(FastAPI(), "", lambda: begun.append("loading")))
    captured = capsys.readouterr()
    assert (status, captured.out, begun) == (2, "", [])
    assert captured.err.startswith(sentence)
    assert captured.err.count("\n") == 1


def test_the_model_is_loaded_and_the_address_told_once_the_port_is_held(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[tuple[str, int]] = []
    begun: list[str] = []

    class Server:
        def __init__(self, config: object) -> None:
            assert config

        def run(self, sockets: list[socket.socket]) -> None:
            served.extend(listener.getsockname() for listener in sockets)
            raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.Server", Server)
    monkeypatch.setenv("PORT", "0")
    monkeypatch.delenv("HOST", raising=False)
    status = serve("semantic", 8005, lambda _: LocalService(FastAPI(), "(model: x)", lambda: begun.append("loading")))
    ((host, port),) = served
    assert (status, host, begun) == (0, "127.0.0.1", ["loading"])
    assert capsys.readouterr().out == f"imajin semantic on http://127.0.0.1:{port} (model: x)\n"
