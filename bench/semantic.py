"""`python -m bench semantic`: this encoder and service beside transformers and stock ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import semantic_report as report
from bench import side_by_side
from bench.engine_process import EngineSpec
from bench.machine import CalmWatch, describe_machine
from bench.preparation_process import prepare
from bench.records import Record
from bench.results import FLOOR, OURS, SERVICE
from bench.semantic_targets import PEER, SHAPE, targets
from bench.side_by_side import Engines, Findings
from bench.timings import timings

ENGINES = (OURS, SERVICE, PEER, "transformers-bf16", "onnxruntime-fp32", "imajin-fp32", FLOOR)
"""All of them; the first is always measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(side_by_side.Plan):
    """What to measure, and how often."""

    shape: str
    """Of random weights."""
    text: bool
    """The text tower as well."""


def run(plan: Plan) -> Record:
    """Prepare, measure, describe. Raises BenchError."""
    watch = CalmWatch()
    prepared = prepare("semantic", plan.sources() | {"shape": plan.shape, "text": plan.text}, plan.threads)
    specs = [spec for spec in engine_specs(prepared) if spec.key in {OURS, *plan.engines}]

    def ask_ours(engines: Engines) -> tuple[dict[str, Any], dict[str, Any] | None]:
        ours = engines[OURS]
        return ours.ask("score"), ours.ask("text") if prepared["text"] else None

    measured, (score, text) = side_by_side.measure(plan, specs, ask_ours, reference=PEER)
    scoring, filters = timings(score["seconds"]), score["filters"]
    results = {result.key: result for result in measured.results}
    sentences = [report.describe_scoring(scoring, filters)]
    doubts = _doubts(prepared["model"])
    if text:
        sentences.append(report.describe_text(text))
    elif plan.text:
        doubts.append("the artifact has no text tower, so new labels were not measured")
    findings = Findings(
        bench="semantic",
        title=_title(prepared["model"]),
        engines={key: result.as_json() for key, result in results.items()},
        own={"scoring": {"filters": filters} | scoring.as_json(), "text": text},
        table=report.engine_table(measured.results),
        sentences=sentences,
        targets=targets(results, measured.overhead, scoring),
        doubts=doubts,
        draw=lambda subtitle: report.draw(measured.results, subtitle),
    )
    return side_by_side.record(plan, prepared, measured, findings, calm=watch.finish(), machine=describe_machine())


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


def _title(model: dict[str, Any]) -> str:
    shape = model["shape"]
    return (
        f"{model['id']} ({shape['layers']} layers of {shape['width']}, {shape['image']} pixels in patches of "
        f"{shape['patch']}, {model['weights']} weights)"
    )


def _doubts(model: dict[str, Any]) -> list[str]:
    shape = model["shape"]
    full = {"width": 1152, "layers": 27, "image": 384, "patch": 14}
    said = [] if shape == full else [f"the targets are meant for {SHAPE}, and this is another shape"]
    if not model["artifact_of_checkpoint"]:
        said.append("the artifact was made from other weights than the checkpoint, so their cosine means nothing")
    return said
