"""Runs external programs, with a plain error if one is missing or fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from emulation.errors import EmulationError

SYSTEM_PACKAGES = "buildah podman runc mmdebstrap qemu-user-static"


def run_command(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Runs a command, in this process's environment or another, and gives its standard output.

    Raises EmulationError, with the end of what it wrote, if it fails or is not installed.
    """
    arguments = [os.fspath(part) for part in command]
    try:
        result = subprocess.run(
            arguments, check=False, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise EmulationError(
            f"{arguments[0]} is not installed; on Debian or Ubuntu: apt-get install {SYSTEM_PACKAGES}"
        ) from error
    if result.returncode != 0:
        said = result.stderr.strip()[-4000:]
        raise EmulationError(f"{' '.join(arguments[:3])} ... failed with status {result.returncode}\n{said}".rstrip())
    return result.stdout
