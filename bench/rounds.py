"""Engines taking turns, so that what disturbs the machine disturbs all of them alike."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from bench import page_cache
from bench.engine_process import EngineProcess, EngineSpec, Start, started
from bench.page_cache import Eviction
from bench.readahead import readahead, readahead_file
from models import progress

PAUSE_SECONDS = 0.1
"""Between turns: threads of the engine before spin on for some milliseconds after their work."""


class Asked(Protocol):
    """What of an engine's process takes part in rounds."""

    def ask(self, command: str) -> dict[str, Any]:
        """An answer to a command."""


def round_robin(
    engines: Mapping[str, Asked],
    repeats: int,
    command: str = "run",
    *,
    pause_seconds: float = PAUSE_SECONDS,
    shown: bool = False,
) -> dict[str, list[dict[str, Any]]]:
    """Answers to `command` by engine: `repeats` rounds, one at a time, every round begun by another engine."""
    names = list(engines)
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with progress.bar(f"measure in turns: {command}", repeats * len(names), "turn", shown=shown) as bar:
        for number in range(repeats):
            first = number % len(names)
            for name in (*names[first:], *names[:first]):
                time.sleep(pause_seconds)
                answers[name].append(engines[name].ask(command))
                bar.update()
    return answers


def open_all(
    stack: ExitStack, specs: Sequence[EngineSpec], threads: int, *, shown: bool = False
) -> dict[str, EngineProcess]:
    """Every engine in a process of its own, by key, all alive until `stack` closes."""
    opened = {}
    for spec in progress.each("open engines", specs, "engine", shown=shown):
        opened[spec.key] = stack.enter_context(started(spec, threads, trace=True))
    return opened


def measure_starts(
    specs: Sequence[EngineSpec],
    files: Mapping[str, Sequence[Any]],
    threads: int,
    count: int,
    *,
    shown: bool = False,
) -> tuple[dict[str, list[Start]], dict[str, list[Start]], dict[str, list[Eviction]]]:
    """Cold starts, warm ones and what eviction left, by engine; `files` are those each engine reads.

    To be called while no engine is running: what a process has mapped stays cached.
    """
    cold: dict[str, list[Start]] = {spec.key: [] for spec in specs}
    warm: dict[str, list[Start]] = {spec.key: [] for spec in specs}
    evictions: dict[str, list[Eviction]] = {spec.key: [] for spec in specs}
    setting = readahead_file(Path(__file__))
    with progress.bar("start, cold and warm", 2 * count * len(specs), "start", shown=shown) as bar:
        for _ in range(count):
            for spec in specs:
                evictions[spec.key].append(page_cache.evict(files[spec.key]))
                with readahead(setting) as kilobytes, started(spec, threads) as process:
                    model_mb = sum(map(page_cache.resident_bytes, spec.model_files())) / 1e6
                    start = replace(process.start, model_read_mb=model_mb, readahead_kb=kilobytes)
                    cold[spec.key].append(start)
                bar.update()
                with started(spec, threads) as process:
                    warm[spec.key].append(process.start)
                bar.update()
    return cold, warm, evictions
