"""Starts the service on a free port, runs every example against it, and stops it: `python -m examples`.

Exits with 1 if an example fails. The environment is the service's as well, so SEMANTIC_ARTIFACTS chooses the model.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
START_SECONDS = 120.0


@contextmanager
def service() -> Iterator[str]:
    """The semantic service's address, while it runs. Raises SystemExit if it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "functions.semantic"], cwd=HERE.parent, env=environment)
    try:
        wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Returns once the model is loaded. Raises SystemExit."""
    latest = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < latest:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=10):  # noqa: S310 - our own
                return
        except OSError:  # not listening yet, or a 503 while the model is being loaded
            time.sleep(0.1)
    raise SystemExit("the service did not start")


def main() -> int:
    """Runs every example."""
    failed = []
    with service() as url:
        for example in sorted(HERE.glob("[!_]*.py")):
            print(f"== examples/{example.name}\n", flush=True)
            if subprocess.run([sys.executable, str(example), "--url", url], check=False).returncode:
                failed.append(example.name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
