"""An engine's process: opens it, gives a first answer, then obeys commands. Imports little before the engine does."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from bench import process_memory
from bench.engines import MODULES, Answer, Engine


def main() -> None:
    """`python -m bench.engines NAME OPTIONS`, OPTIONS a JSON object; `trace`: note which files are opened."""
    name, options = sys.argv[1], json.loads(sys.argv[2])
    # Whatever a library prints must not end up among the answers.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    opened = _trace() if options.pop("trace", False) else set()
    started = time.perf_counter()
    module: Any = importlib.import_module(MODULES[name])
    imported = time.perf_counter()
    engine: Engine = module.open_engine(options)
    ready = time.perf_counter()
    answer = engine.run()
    _reply(
        replies,
        answer
        | {
            "import_seconds": imported - started,
            "open_seconds": ready - imported,
            "first_seconds": time.perf_counter() - ready,
            "read_mb": process_memory.read_mb(),
        },
    )
    commands: dict[str, Callable[[], Answer]] = {
        "run": engine.run,
        "memory": lambda: {"peak_mb": process_memory.peak_mb(), "resident_mb": process_memory.resident_mb()},
        "files": lambda: {"files": sorted(opened | _mapped())},
    } | engine.commands()
    for line in sys.stdin:
        _reply(replies, commands[line.strip()]())


def _reply(replies: TextIO, answer: dict[str, Any]) -> None:
    replies.write(json.dumps(answer) + "\n")
    replies.flush()


def _trace() -> set[str]:
    """Every file Python opens from now on, by its real path; what libraries open on their own is not among them."""
    opened: set[str] = set()

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and os.path.isfile(arguments[0]):  # noqa: PTH113 - in every import
            opened.add(os.path.realpath(arguments[0]))

    sys.addaudithook(note)
    return opened


def _mapped() -> set[str]:
    """Files mapped now: libraries, and models that are mapped rather than read."""
    with open("/proc/self/maps", encoding="utf-8") as maps:  # noqa: PTH123 - pathlib would count as opened
        paths = {line.split(maxsplit=5)[-1].strip() for line in maps if "/" in line}
    return {path for path in paths if os.path.isfile(path)}  # noqa: PTH113


main()
