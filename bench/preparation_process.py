"""Runs `bench.preparation` in a process of its own, so that its memory is not that of what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.engine_process import environment
from bench.errors import BenchError

_ROOT = Path(__file__).resolve().parents[1]


def prepare(what: str, options: Mapping[str, Any], threads: int) -> dict[str, Any]:
    """What `bench.preparation` made of `options`; its progress goes to standard error. Raises BenchError."""
    done = subprocess.run(  # noqa: S603 - this interpreter and this package
        (sys.executable, "-m", "bench.preparation", what, json.dumps(options)),
        cwd=_ROOT,
        env=environment(threads),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchError("what is to be measured could not be made")
    made: dict[str, Any] = json.loads(done.stdout)
    return made
