"""What a program takes, measured from outside."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

_ROOT = Path(__file__).resolve().parents[2]
_REPORT = """
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak_memory_mb(program: str) -> float:
    """Largest resident size of a fresh Python that runs `program`, its interpreter and libraries included."""
    command = [sys.executable, "-W", "error", "-c", dedent(program) + _REPORT]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)
