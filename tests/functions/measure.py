"""What a program takes, measured from outside."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

_ROOT = Path(__file__).resolve().parents[2]
# Not getrusage: its figure includes what the process was forked from, a pytest of any size.
_REPORT = """
import pathlib
print(int(pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024)
"""


def peak_memory_mb(program: str) -> float:
    """Largest resident size of a fresh Python that runs `program`, its interpreter and libraries included."""
    command = [sys.executable, "-W", "error", "-c", dedent(program) + _REPORT]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)
