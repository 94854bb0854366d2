"""`python -m bench aesthetic`: this reward model and service beside the official package and torch."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import aesthetic_report
from bench.aesthetic_reach import OFFICIAL, OURS, PEERS, SERVICE, TORCH, RewardResult, each, reaches
from bench.descriptions import describe_floor, describe_overhead
from bench.engine_process import EngineProcess, EngineSpec
from bench.machine import CalmWatch, Machine, describe_machine, describe_versions
from bench.preparing import prepare
from bench.reach import Reach, render_reaches
from bench.records import Record, today
from bench.reference_environment import ReferenceEnvironment, find_environment
from bench.results import (
    EngineResult,
    Floor,
    Overhead,
    cold_warnings,
    describe_readahead,
    floor,
    overhead,
    seconds_of,
)
from bench.rounds import measure_starts, open_all, round_robin

FLOOR = "int8-floor"
ENGINES = (OURS, SERVICE, *PEERS, "torch-bf16", "imajin-fp32", FLOOR)
"""All of them; the first is always measured."""
Answers = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class RewardPlan:
    """What to measure, and how often."""

    checkpoint: Path | None
    artifact: Path | None
    cache: Path
    reference_python: Path
    threads: int
    repeats: int
    starts: int
    requests: int
    engines: tuple[str, ...]
    shown: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything a run found."""

    results: tuple[RewardResult, ...]
    floor: Floor | None
    overhead: Overhead | None
    official: dict[str, str] | None
    """Versions in the official package's environment, and whose products it takes."""

    @property
    def reaches(self) -> list[Reach]:
        """Aims, met or not."""
        return reaches({result.engine.key: result for result in self.results})


def run(plan: RewardPlan) -> Record:
    """Prepare, measure, describe. Raises BenchError."""
    watch = CalmWatch()
    prepared = prepare("aesthetic", _options(plan), plan.threads)
    reference = find_environment(plan.reference_python)
    wanted = {OURS, *plan.engines}
    specs = [spec for spec in engine_specs(prepared, reference) if spec.key in wanted]
    measured = _measure(plan, specs, reference)
    calm, machine = watch.finish(), describe_machine()
    warnings = [
        *calm.warnings,
        *cold_warnings(result.engine for result in measured.results),
        *_doubts(prepared["model"], wanted, reference),
    ]
    content = {
        "bench": "aesthetic",
        "date": today(),
        "machine": dataclasses.asdict(machine),
        "calm": dataclasses.asdict(calm),
        "versions": describe_versions(),
        "official": measured.official,
        "settings": {"threads": plan.threads, "repeats": plan.repeats, "starts": plan.starts},
        "model": prepared["model"],
        "picture": prepared["picture"],
        "engines": {result.engine.key: result.as_json() for result in measured.results},
        "floor": measured.floor.as_json() if measured.floor else None,
        "overhead": measured.overhead.as_json() if measured.overhead else None,
        "reaches": [reach.as_json() for reach in measured.reaches],
        "warnings": warnings,
    }
    subtitle = _subtitle(plan, prepared["model"], machine)
    return Record(
        content=content,
        text="\n".join(_lines(measured, subtitle, warnings)),
        picture=aesthetic_report.draw(measured.results, subtitle),
    )


def engine_specs(prepared: dict[str, Any], reference: ReferenceEnvironment | None) -> list[EngineSpec]:
    """Every engine over what was prepared that can be had here."""
    artifact, checkpoint, fp32 = (Path(prepared[key]) for key in ("artifact", "checkpoint", "fp32"))
    asked = {"pictures": prepared["pictures"]}
    ours = {"artifact": str(artifact)}
    theirs = ours | asked | {"checkpoint": str(checkpoint)}
    specs = [
        EngineSpec(OURS, f"imajin {prepared['model']['precision']}", "reward-model", ours | asked, (artifact,)),
        EngineSpec(
            SERVICE,
            "imajin, a whole request",
            "service",
            ours | {"function": "aesthetic", "events": prepared["events"]},
            (artifact,),
        ),
    ]
    if reference and prepared["model"]["published_shape"]:
        official = {"weights": prepared["weights"], "text_config": prepared["text_config"]}
        specs.append(
            EngineSpec(
                OFFICIAL,
                "image-reward 1.5, fp32",
                "image-reward",
                asked | official | {"home": prepared["official_home"]},
                (checkpoint,),
                reference.python,
                reference.variables,
            )
        )
    return [
        *specs,
        EngineSpec(TORCH, "torch eager fp32", "torch-reward", theirs | {"dtype": "float32"}, (checkpoint,)),
        EngineSpec("torch-bf16", "torch eager bf16", "torch-reward", theirs | {"dtype": "bfloat16"}, (checkpoint,)),
        EngineSpec(
            "imajin-fp32", "imajin fp32, not quantised", "reward-model", {"artifact": str(fp32)} | asked, (fp32,)
        ),
        EngineSpec(FLOOR, "int8 products alone", "int8-floor", {"graphs": prepared["graphs"]}),
    ]


def _measure(plan: RewardPlan, specs: list[EngineSpec], reference: ReferenceEnvironment | None) -> Measured:
    with ExitStack() as stack:
        engines = open_all(stack, specs, plan.threads, shown=plan.shown)
        answers = round_robin(engines, plan.repeats, shown=plan.shown)
        rewarding = {key: engine for key, engine in engines.items() if key != FLOOR}
        candidates, prompts = (
            round_robin(rewarding, plan.repeats, command, shown=plan.shown) for command in ("candidates", "prompts")
        )
        asked: list[dict[str, Any]] = []
        if SERVICE in engines:
            more = {SERVICE: engines[SERVICE]}
            asked = [*answers[SERVICE], *round_robin(more, plan.requests, shown=plan.shown)[SERVICE]]
        found = [
            _result(spec, engines[spec.key], answers, candidates, prompts) for spec in specs if spec.key in rewarding
        ]
        official = engines[OFFICIAL].ask("versions") if OFFICIAL in engines else None
        if official and reference:
            official["BLAS"] = reference.blas
        files = {key: engine.files() for key, engine in rewarding.items()}
    timed = [spec for spec in specs if spec.key != FLOOR]
    cold, warm, evictions = measure_starts(timed, files, plan.threads, plan.starts, shown=plan.shown)
    results = tuple(
        dataclasses.replace(
            result,
            engine=dataclasses.replace(
                result.engine,
                cold=tuple(cold[result.engine.key]),
                warm=tuple(warm[result.engine.key]),
                evictions=tuple(evictions[result.engine.key]),
            ),
        )
        for result in found
    )
    return Measured(
        results=results,
        floor=floor(answers[FLOOR]) if FLOOR in answers else None,
        overhead=overhead(asked) if asked else None,
        official=official,
    )


def _result(
    spec: EngineSpec, engine: EngineProcess, answers: Answers, candidates: Answers, prompts: Answers
) -> RewardResult:
    change = None
    if TORCH in candidates:
        pairs = zip(candidates[spec.key][0]["rewards"], candidates[TORCH][0]["rewards"], strict=True)
        change = max(abs(reward - reference) for reward, reference in pairs)
    return RewardResult(
        engine=EngineResult(
            key=spec.key,
            title=spec.title,
            seconds=seconds_of(answers[spec.key]),
            peak_mb=engine.ask("memory")["peak_mb"],
            cosine=None,
        ),
        candidates=each(candidates[spec.key]),
        prompts=each(prompts[spec.key]),
        reward_change=change,
    )


def _lines(measured: Measured, subtitle: str, warnings: list[str]) -> list[str]:
    lines = [subtitle, "", aesthetic_report.reward_table(measured.results), ""]
    said = []
    if measured.floor:
        said.append(describe_floor(measured.floor, measured.results[0].engine))
    if measured.overhead:
        said.append(describe_overhead(measured.overhead))
    if measured.official:
        versions = ", ".join(f"{name} {version}" for name, version in measured.official.items())
        said.append(f"The official package's environment: {versions}.")
    said += describe_readahead(result.engine for result in measured.results)
    lines += [f"- {sentence}" for sentence in said]
    lines += ["", render_reaches(measured.reaches)]
    return [*lines, *(["", *(f"- Careful: {warning}." for warning in warnings)] if warnings else [])]


def _subtitle(plan: RewardPlan, model: dict[str, Any], machine: Machine) -> str:
    shape = model["shape"]
    return (
        f"{model['id']} ({shape['image']} pixels to {shape['image_tokens']} tokens of {shape['image_width']}, "
        f"{shape['text_layers']} text layers of {shape['text_width']}, {model['weights']} weights), "
        f"{plan.threads} threads each on {machine.processor}, {today()}"
    )


def _doubts(model: dict[str, Any], wanted: set[str], reference: ReferenceEnvironment | None) -> list[str]:
    said = []
    if not model["published_shape"]:
        said.append("what is to be reached is meant for the published shape, and this is another")
    elif OFFICIAL in wanted and reference is None:
        said.append("the official package was not measured: `make reference` sets its environment up")
    elif OFFICIAL in wanted and reference and not reference.variables:
        said.append("no threaded OpenBLAS was found for the official package (Debian: libopenblas0-openmp)")
    if not model["artifact_of_checkpoint"]:
        said.append("the artifact was made from other weights than the checkpoint, so their rewards cannot be compared")
    return said


def _options(plan: RewardPlan) -> dict[str, Any]:
    return {
        "cache": str(plan.cache),
        "checkpoint": str(plan.checkpoint) if plan.checkpoint else None,
        "artifact": str(plan.artifact) if plan.artifact else None,
    }
