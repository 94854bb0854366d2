"""Starts both services on free ports, runs every example against them, and stops them: `python -m examples`.

Exits with 1 if an example fails. The environment is the services' as well, so SEMANTIC_ARTIFACTS and
AESTHETIC_ARTIFACTS choose the models; IMAJIN_SEMANTIC_URL and IMAJIN_AESTHETIC_URL tell the examples where they are.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVICES = ("semantic", "aesthetic")
START_SECONDS = 120.0


@contextmanager
def started(name: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service's address, while it runs, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", f"functions.{name}"], cwd=HERE.parent, env=environment)
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


def main() -> int:
    """Runs every example."""
    failed = []
    with ExitStack() as stack:
        running = {name: stack.enter_context(started(name)) for name in SERVICES}
        for name, (url, process) in running.items():
            wait(name, url, process)
        environment = os.environ | {f"IMAJIN_{name.upper()}_URL": url for name, (url, _) in running.items()}
        for example in sorted(HERE.glob("[!_]*.py")):
            print(f"== examples/{example.name}\n", flush=True)
            if subprocess.run([sys.executable, str(example)], env=environment, check=False).returncode:
                failed.append(example.name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
