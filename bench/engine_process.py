"""An engine in a process of its own: started, timed to its first answer, sent commands, ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import EngineError

_ROOT = Path(__file__).resolve().parents[1]
_LAST_WORDS = 2000
_NOT_STORED = {("/", "proc"), ("/", "sys"), ("/", "dev")}


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """How to start an engine. `threads` is added to its options."""

    key: str
    title: str
    engine: str
    """A name of `bench.engines.MODULES`."""
    options: Mapping[str, Any]
    model: tuple[Path, ...] = ()
    """Files and folders of the model, which an engine may read without Python's `open` and without mapping them."""
    python: Path = Path(sys.executable)
    """The interpreter, which may be another environment's."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those every engine gets."""

    def model_files(self) -> list[Path]:
        """Every file of the model."""
        folders = [list(path.iterdir()) if path.is_dir() else [path] for path in self.model]
        return [path.resolve() for folder in folders for path in folder if path.is_file()]


@dataclass(frozen=True, slots=True)
class Start:
    """From starting the process to its first answer; the parts are the process's own account."""

    seconds: float
    import_seconds: float
    open_seconds: float
    first_seconds: float
    read_mb: float
    """What had to be read from storage until then."""
    model_read_mb: float | None = None
    """How much of the model's files that brought into the page cache; None where they may have been there before."""
    readahead_kb: int | None = None
    """What the disk read ahead meanwhile; None where nothing was cold, or the machine does not say."""

    def as_json(self) -> dict[str, float | None]:
        """The fields."""
        return asdict(self)


class EngineProcess:
    """One running engine. Use `started`."""

    def __init__(self, spec: EngineSpec, threads: int, *, trace: bool, errors: Any) -> None:
        self.spec = spec
        self._errors = errors
        options = {**spec.options, "threads": threads, "trace": trace}
        began = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - this package, in this interpreter or a given one
            (spec.python, "-m", "bench.engines", spec.engine, json.dumps(options)),
            cwd=_ROOT,
            env={**environment(threads), **spec.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            first = self._answer()
        except BaseException:
            self.close()
            raise
        seconds = time.perf_counter() - began
        parts = {name: first.pop(name) for name in ("import_seconds", "open_seconds", "first_seconds", "read_mb")}
        self.first: dict[str, Any] = first
        """The first answer."""
        self.start = Start(seconds, **parts)

    def ask(self, command: str) -> dict[str, Any]:
        """What the engine answers. Raises EngineError where it ends instead."""
        with suppress(BrokenPipeError):  # what it said last follows
            print(command, file=self._process.stdin, flush=True)
        return self._answer()

    def files(self) -> tuple[Path, ...]:
        """What the process has read; it must have been started with `trace`."""
        found = {*map(Path, self.ask("files")["files"]), *self.spec.model_files()}
        return tuple(sorted(path for path in found if path.parts[:2] not in _NOT_STORED))

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answer(self) -> dict[str, Any]:
        pipe = self._process.stdout
        line = pipe.readline() if pipe is not None else ""
        if not line:
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace")[-_LAST_WORDS:].strip()
            raise EngineError(f"{self.spec.title}: ended with status {self._process.returncode}; it said last:\n{said}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def started(spec: EngineSpec, threads: int, *, trace: bool = False) -> Iterator[EngineProcess]:
    """The engine, its first answer given; ended on leaving. Raises EngineError."""
    with tempfile.TemporaryFile() as errors:
        process = EngineProcess(spec, threads, trace=trace, errors=errors)
        try:
            yield process
        finally:
            process.close()


def environment(threads: int) -> dict[str, str]:
    """This process's environment, with equal threads for every library and nothing looked up over the network."""
    count = str(threads)
    return os.environ | {
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "HF_HUB_OFFLINE": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }
