"""`python -m bench semantic`: this encoder and service beside transformers and stock ONNX Runtime."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import semantic_report
from bench.descriptions import describe_floor, describe_overhead
from bench.engine_process import EngineSpec
from bench.machine import CalmWatch, Machine, describe_machine, describe_versions
from bench.preparing import prepare
from bench.reach import Reach, render_reaches
from bench.records import Record, today
from bench.results import (
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
from bench.semantic_reach import OURS, PEER, SERVICE, SHAPE, reaches
from bench.timings import Timings, timings

FLOOR = "int8-floor"
ENGINES = (OURS, SERVICE, PEER, "transformers-bf16", "onnxruntime-fp32", "imajin-fp32", FLOOR)
"""All of them; the first is always measured."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how often."""

    shape: str
    checkpoint: Path | None
    artifact: Path | None
    cache: Path
    threads: int
    repeats: int
    starts: int
    requests: int
    engines: tuple[str, ...]
    text: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything a run found."""

    results: tuple[EngineResult, ...]
    floor: Floor | None
    overhead: Overhead | None
    scoring: Timings
    filters: int
    text: dict[str, Any] | None

    @property
    def reaches(self) -> list[Reach]:
        """Aims, met or not."""
        return reaches({result.key: result for result in self.results}, self.overhead, self.scoring)


def run(plan: Plan) -> Record:
    """Prepare, measure, describe. Raises BenchError."""
    watch = CalmWatch()
    prepared = prepare("semantic", _options(plan), plan.threads)
    specs = [spec for spec in engine_specs(prepared) if spec.key in {OURS, *plan.engines}]
    measured = _measure(plan, specs, text=prepared["text"])
    calm = watch.finish()
    machine = describe_machine()
    warnings = [*calm.warnings, *cold_warnings(measured.results), *_doubts(prepared["model"])]
    if plan.text and measured.text is None:
        warnings.append("the artifact has no text tower, so new labels were not measured")
    content = {
        "bench": "semantic",
        "date": today(),
        "machine": dataclasses.asdict(machine),
        "calm": dataclasses.asdict(calm),
        "versions": describe_versions(),
        "settings": {"threads": plan.threads, "repeats": plan.repeats, "starts": plan.starts},
        "model": prepared["model"],
        "picture": prepared["picture"],
        "engines": {result.key: result.as_json() for result in measured.results},
        "floor": measured.floor.as_json() if measured.floor else None,
        "overhead": measured.overhead.as_json() if measured.overhead else None,
        "scoring": {"filters": measured.filters} | measured.scoring.as_json(),
        "text": measured.text,
        "reaches": [reach.as_json() for reach in measured.reaches],
        "warnings": warnings,
    }
    subtitle = _subtitle(plan, prepared["model"], machine)
    return Record(
        content=content,
        text="\n".join(_lines(measured, subtitle, warnings)),
        picture=semantic_report.draw(measured.results, subtitle),
    )


def engine_specs(prepared: dict[str, Any]) -> list[EngineSpec]:
    """Every engine over what was prepared."""
    artifact, checkpoint, fp32, stock = (Path(prepared[key]) for key in ("artifact", "checkpoint", "fp32", "stock"))
    ours, theirs = {"artifact": str(artifact)}, {"checkpoint": str(checkpoint)}
    service = {"function": "semantic", "events": {"run": prepared["event"]}}
    return [
        EngineSpec(OURS, f"imajin {prepared['model']['precision']}", "image-encoder", ours, (artifact,)),
        EngineSpec(SERVICE, "imajin, a whole request", "service", ours | service, (artifact,)),
        EngineSpec(PEER, "transformers fp32", "transformers", theirs | {"dtype": "float32"}, (checkpoint,)),
        EngineSpec(
            "transformers-bf16", "transformers bf16", "transformers", theirs | {"dtype": "bfloat16"}, (checkpoint,)
        ),
        EngineSpec(
            "onnxruntime-fp32", "ONNX Runtime fp32, stock", "onnx-graph", {"graph": str(stock)}, (stock.parent,)
        ),
        EngineSpec("imajin-fp32", "imajin fp32, not quantised", "onnx-graph", {"graph": str(fp32)}, (fp32.parent,)),
        EngineSpec(FLOOR, "int8 products alone", "int8-floor", {"graphs": [str(fp32)]}),
    ]


def _measure(plan: Plan, specs: list[EngineSpec], *, text: bool) -> Measured:
    with ExitStack() as stack:
        engines = open_all(stack, specs, plan.threads, shown=plan.shown)
        answers = round_robin(engines, plan.repeats, shown=plan.shown)
        if SERVICE in engines:
            more = {SERVICE: engines[SERVICE]}
            asked = [*answers[SERVICE], *round_robin(more, plan.requests, shown=plan.shown)[SERVICE]]
        else:
            asked = []
        reference = engines[PEER].first.get("embedding") if PEER in engines else None
        found = [
            EngineResult(
                key=spec.key,
                title=spec.title,
                seconds=seconds_of(answers[spec.key]),
                peak_mb=engines[spec.key].ask("memory")["peak_mb"],
                cosine=cosine(engines[spec.key].first.get("embedding"), reference),
            )
            for spec in specs
            if spec.key != FLOOR
        ]
        score = engines[OURS].ask("score")
        labels = engines[OURS].ask("text") if text else None
        files = {key: engine.files() for key, engine in engines.items() if key != FLOOR}
    timed = [spec for spec in specs if spec.key != FLOOR]
    cold, warm, evictions = measure_starts(timed, files, plan.threads, plan.starts, shown=plan.shown)
    return Measured(
        results=tuple(
            dataclasses.replace(
                result,
                cold=tuple(cold[result.key]),
                warm=tuple(warm[result.key]),
                evictions=tuple(evictions[result.key]),
            )
            for result in found
        ),
        floor=floor(answers[FLOOR]) if FLOOR in answers else None,
        overhead=overhead(asked) if asked else None,
        scoring=timings(score["seconds"]),
        filters=score["filters"],
        text=labels,
    )


def _lines(measured: Measured, subtitle: str, warnings: list[str]) -> list[str]:
    report = semantic_report
    lines = [subtitle, "", report.engine_table(measured.results), ""]
    said = [report.describe_scoring(measured.scoring, measured.filters)]
    if measured.overhead:
        said.insert(0, describe_overhead(measured.overhead))
    if measured.floor:
        said.insert(0, describe_floor(measured.floor, measured.results[0]))
    if measured.text:
        said.append(report.describe_text(measured.text))
    said += describe_readahead(measured.results)
    lines += [f"- {sentence}" for sentence in said]
    lines += ["", render_reaches(measured.reaches)]
    return [*lines, *(["", *(f"- Careful: {warning}." for warning in warnings)] if warnings else [])]


def _subtitle(plan: Plan, model: dict[str, Any], machine: Machine) -> str:
    shape = model["shape"]
    return (
        f"{model['id']} ({shape['layers']} layers of {shape['width']}, {shape['image']} pixels in patches of "
        f"{shape['patch']}, {model['weights']} weights), {plan.threads} threads each on {machine.processor}, {today()}"
    )


def _doubts(model: dict[str, Any]) -> list[str]:
    shape = model["shape"]
    full = {"width": 1152, "layers": 27, "image": 384, "patch": 14}
    said = [] if shape == full else [f"what is to be reached is meant for {SHAPE}, and this is another shape"]
    if not model["artifact_of_checkpoint"]:
        said.append("the artifact was made from other weights than the checkpoint, so their cosine means nothing")
    return said


def _options(plan: Plan) -> dict[str, Any]:
    return {
        "cache": str(plan.cache),
        "shape": plan.shape,
        "checkpoint": str(plan.checkpoint) if plan.checkpoint else None,
        "artifact": str(plan.artifact) if plan.artifact else None,
        "text": plan.text,
    }
