"""Installs the pinned torch as a CPU build, or says in one sentence that none can be had.

PyTorch's own CPU index is used where it answers, else whatever index or folder pip is set up with. The local version
`+cpu` can only be met by a CPU build, so CUDA packages never arrive by accident; its dependencies are already locked.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from typing import Final

VERSION: Final = "2.13.0"
HOST: Final = "download.pytorch.org"
INDEX: Final = f"https://{HOST}/whl/cpu"
ANSWER_SECONDS: Final = 3.0


def requirement() -> str:
    """The exact requirement: macOS wheels are CPU builds without saying so."""
    return f"torch=={VERSION}" if sys.platform == "darwin" else f"torch=={VERSION}+cpu"


def index_answers() -> bool:
    """Whether PyTorch's index can be reached at all; behind a proxy that is pip's to find out."""
    if "https" in urllib.request.getproxies():
        return True
    try:
        socket.create_connection((HOST, 443), timeout=ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def install(*, from_index: bool) -> bool:
    """Tries each source in turn."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    sources = [["--index-url", INDEX], []] if from_index else [[]]
    return any(subprocess.run([*pip, *source, requirement()], check=False).returncode == 0 for source in sources)  # noqa: S603


def cuda_version() -> str | None:
    """The CUDA version torch was built for; asked in a new process, since this one may have imported an older one."""
    code = "import warnings; warnings.simplefilter('ignore'); import torch; print(torch.version.cuda or '')"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return result.stdout.strip() or None


def main() -> int:
    """Exit status 0 when a CPU build is in place."""
    answered = index_answers()
    if not install(from_index=answered):
        there = "does not offer it" if answered else "does not answer"
        print(f"{requirement()} cannot be installed: {HOST} {there} and pip finds no CPU wheel elsewhere.")  # noqa: T201
        return 1
    cuda = cuda_version()
    if cuda is not None:
        print(f"torch was installed for CUDA {cuda}; a CPU build is needed.")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
