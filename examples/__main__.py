"""Starts both services on free ports, runs every example against them, and stops them: `python -m examples`.

Exits with 1 if an example fails, and prints what the services logged then. The environment is the services' as well, so
SEMANTIC_ARTIFACTS and AESTHETIC_ARTIFACTS choose the models; IMAJIN_SEMANTIC_URL and IMAJIN_AESTHETIC_URL tell the
examples where they are.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
SERVICES = ("semantic", "aesthetic")
START_SECONDS = 120.0


@contextmanager
def started(name: str, log: IO[bytes]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service's address, while it runs, and its process, which writes to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    command = [sys.executable, "-m", f"functions.{name}"]
    process = subprocess.Popen(command, cwd=HERE.parent, env=environment, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(10)


def wait(name: str, url: str, process: subprocess.Popen[bytes]) -> None:
    """Returns once the model is loaded. Raises SystemExit."""
    latest = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < latest:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=10):  # noqa: S310 - our own
                return
        except OSError:  # not listening yet, or a 503 while the model is being loaded
            time.sleep(0.1)
    raise SystemExit(f"the {name} service did not start")


def run_all(log: IO[bytes]) -> list[str]:
    """Runs every example; the names of those that failed. Raises SystemExit where a service does not start."""
    failed = []
    with ExitStack() as stack:
        running = {name: stack.enter_context(started(name, log)) for name in SERVICES}
        for name, (url, process) in running.items():
            wait(name, url, process)
        environment = os.environ | {f"IMAJIN_{name.upper()}_URL": url for name, (url, _) in running.items()}
        for example in sorted(HERE.glob("[!_]*.py")):
            print(f"== examples/{example.name}\n", flush=True)
            if subprocess.run([sys.executable, str(example)], env=environment, check=False).returncode:
                failed.append(example.name)
    return failed


def main() -> int:
    """Runs every example; the exit status."""
    argparse.ArgumentParser(
        prog="python -m examples", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with tempfile.TemporaryFile() as log:
        try:
            failed = run_all(log)
            said = f"failed: {', '.join(failed)}" if failed else ""
        except SystemExit as error:
            said = str(error)
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
            return 130
        if said:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace") + said + "\n")
    return 1 if said else 0


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Told to stop in whatever way, it stops the services as well.
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())
