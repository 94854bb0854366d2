"""The environment of the official image-reward package, which `make reference` sets up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_PYTHON = _ROOT / ".venv-reference" / "bin" / "python"
_LIBRARIES = Path("/usr/lib")
_THREADED = ("openblas-openmp", "openblas-pthread")


@dataclass(frozen=True, slots=True)
class ReferenceEnvironment:
    """How to run its interpreter so that it has as many threads as everything else."""

    python: Path
    blas: str
    """Which of Debian's builds multiplies its matrices."""
    variables: dict[str, str] = field(default_factory=dict)


def find_environment(python: Path, libraries: Path = _LIBRARIES) -> ReferenceEnvironment | None:
    """The environment with this interpreter; None where it is not there.

    Debian's torch multiplies with whichever OpenBLAS is linked as the system's, and the one the golden values are made
    with has a single thread; where a threaded one is installed beside it, that one is taken.
    """
    if not python.exists():
        return None
    for name in _THREADED:
        for folder in sorted(libraries.glob(f"*/{name}")):
            return ReferenceEnvironment(python, name, {"LD_LIBRARY_PATH": str(folder)})
    return ReferenceEnvironment(python, "the system's")
