"""What the benches of both services share: the plan, the steps of a run, and its record."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from bench.descriptions import describe_floor, describe_overhead
from bench.engine_process import EngineProcess, EngineSpec
from bench.machine import Calm, Machine, describe_versions
from bench.records import Record, today
from bench.results import (
    FLOOR,
    SERVICE,
    EngineResult,
    Floor,
    Overhead,
    cold_warnings,
    cosine,
    describe_readahead,
    floor,
    overhead,
    seconds_of,
)
from bench.rounds import measure_starts, open_all, round_robin
from bench.targets import Target, render_targets

Engines: TypeAlias = Mapping[str, EngineProcess]
Answers: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""By engine."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure, and how often."""

    checkpoint: Path | None
    """In place of random weights."""
    artifact: Path | None
    """Exported from it; None to have one made."""
    cache: Path
    threads: int
    repeats: int
    starts: int
    requests: int
    """Beside the repeats, for what a request adds."""
    engines: tuple[str, ...]
    shown: bool

    def sources(self) -> dict[str, Any]:
        """What `bench.preparation` is told of every plan, as JSON holds it."""
        return {
            "cache": str(self.cache),
            "checkpoint": str(self.checkpoint) if self.checkpoint else None,
            "artifact": str(self.artifact) if self.artifact else None,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """What every bench finds."""

    results: tuple[EngineResult, ...]
    """All engines but the floor, in the order of their specs."""
    answers: Mapping[str, Answers]
    """By command, of every one of these engines."""
    floor: Floor | None
    overhead: Overhead | None


def measure(
    plan: Plan,
    specs: Sequence[EngineSpec],
    then: Callable[[Engines], Found],
    *,
    commands: Sequence[str] = (),
    reference: str | None = None,
) -> tuple[Measured, Found]:
    """Engines in turns at one picture, then at `commands`; what a request adds; then each engine's starts.

    `then` asks what only this bench asks, while the engines are open and after their memory was read. Embeddings are
    compared with those of `reference`. Raises EngineError.
    """
    timed = [spec for spec in specs if spec.key != FLOOR]
    with ExitStack() as stack:
        engines = open_all(stack, specs, plan.threads, shown=plan.shown)
        taking_part = {spec.key: engines[spec.key] for spec in timed}
        alone = round_robin(engines, plan.repeats, shown=plan.shown)
        answers = {command: round_robin(taking_part, plan.repeats, command, shown=plan.shown) for command in commands}
        requests = []
        if SERVICE in engines:
            more = round_robin({SERVICE: engines[SERVICE]}, plan.requests, shown=plan.shown)
            requests = [*alone[SERVICE], *more[SERVICE]]
        embeddings = {key: engine.first.get("embedding") for key, engine in taking_part.items()}
        peaks_mb = {key: engine.ask("memory")["peak_mb"] for key, engine in taking_part.items()}
        found = then(engines)
        files = {key: engine.files() for key, engine in taking_part.items()}
    cold, warm, evictions = measure_starts(timed, files, plan.threads, plan.starts, shown=plan.shown)
    results = tuple(
        EngineResult(
            key=spec.key,
            title=spec.title,
            seconds=seconds_of(alone[spec.key]),
            peak_mb=peaks_mb[spec.key],
            cosine=cosine(embeddings[spec.key], embeddings.get(reference or "")),
            cold=tuple(cold[spec.key]),
            warm=tuple(warm[spec.key]),
            evictions=tuple(evictions[spec.key]),
        )
        for spec in timed
    )
    measured = Measured(
        results=results,
        answers=answers,
        floor=floor(alone[FLOOR]) if FLOOR in alone else None,
        overhead=overhead(requests) if requests else None,
    )
    return measured, found


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one bench found, beside what every one measures."""

    bench: str
    title: str
    """The model, and what was asked of it."""
    engines: Mapping[str, Any]
    """As JSON, by key."""
    own: Mapping[str, Any]
    """Further parts of the record."""
    table: str
    sentences: Sequence[str]
    targets: Sequence[Target]
    doubts: Sequence[str]
    draw: Callable[[str], str]
    """Its picture, with this subtitle."""


def record(
    plan: Plan, prepared: Mapping[str, Any], measured: Measured, findings: Findings, *, calm: Calm, machine: Machine
) -> Record:
    """The whole run."""
    warnings = [*calm.warnings, *cold_warnings(measured.results), *findings.doubts]
    subtitle = f"{findings.title}, {plan.threads} threads each on {machine.processor}, {today()}"
    content = {
        "bench": findings.bench,
        "date": today(),
        "machine": dataclasses.asdict(machine),
        "calm": dataclasses.asdict(calm),
        "versions": describe_versions(),
        "settings": {"threads": plan.threads, "repeats": plan.repeats, "starts": plan.starts},
        "model": prepared["model"],
        "picture": prepared["picture"],
        "engines": dict(findings.engines),
        "floor": measured.floor.as_json() if measured.floor else None,
        "overhead": measured.overhead.as_json() if measured.overhead else None,
        **findings.own,
        "targets": [target.as_json() for target in findings.targets],
        "warnings": warnings,
    }
    said = []
    if measured.floor:
        said.append(describe_floor(measured.floor, measured.results[0]))
    if measured.overhead:
        said.append(describe_overhead(measured.overhead))
    said += [*findings.sentences, *describe_readahead(measured.results)]
    lines = [subtitle, "", findings.table, "", *(f"- {sentence}" for sentence in said), ""]
    lines.append(render_targets(findings.targets))
    lines += ["", *(f"- Careful: {warning}." for warning in warnings)] if warnings else []
    return Record(content=content, text="\n".join(lines), picture=findings.draw(subtitle))
