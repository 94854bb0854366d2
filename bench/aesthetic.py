"""`python -m bench aesthetic`: this reward model and service beside the official package and torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import aesthetic_report as report
from bench import side_by_side
from bench.aesthetic_targets import OFFICIAL, PEERS, TORCH, RewardResult, each, targets
from bench.engine_process import EngineSpec
from bench.machine import CalmWatch, describe_machine
from bench.preparation_process import prepare
from bench.records import Record
from bench.reference_environment import ReferenceEnvironment, find_environment
from bench.results import FLOOR, OURS, SERVICE
from bench.side_by_side import Engines, Findings, Measured

ENGINES = (OURS, SERVICE, *PEERS, "torch-bf16", "imajin-fp32", FLOOR)
"""All of them; the first is always measured."""
_CANDIDATES, _PROMPTS = "candidates", "prompts"
"""Commands: ten pictures for one prompt, and one picture for ten prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(side_by_side.Plan):
    """What to measure, and how often."""

    reference_python: Path
    """The official package's interpreter."""


def run(plan: Plan) -> Record:
    """Prepare, measure, describe. Raises BenchError."""
    watch = CalmWatch()
    prepared = prepare("aesthetic", plan.sources(), plan.threads)
    reference = find_environment(plan.reference_python)
    wanted = {OURS, *plan.engines}
    specs = [spec for spec in engine_specs(prepared, reference) if spec.key in wanted]

    def ask_official(engines: Engines) -> dict[str, str] | None:
        if OFFICIAL not in engines or reference is None:
            return None
        return engines[OFFICIAL].ask("versions") | {"BLAS": reference.blas}

    measured, official = side_by_side.measure(plan, specs, ask_official, commands=(_CANDIDATES, _PROMPTS))
    results = _rewards(measured)
    sentences = []
    if official:
        versions = ", ".join(f"{name} {version}" for name, version in official.items())
        sentences.append(f"The official package's environment: {versions}.")
    findings = Findings(
        bench="aesthetic",
        title=_title(prepared["model"]),
        engines={result.engine.key: result.as_json() for result in results},
        own={"official": official},
        table=report.reward_table(results),
        sentences=sentences,
        targets=targets({result.engine.key: result for result in results}),
        doubts=_doubts(prepared["model"], wanted, reference),
        draw=lambda subtitle: report.draw(results, subtitle),
    )
    return side_by_side.record(plan, prepared, measured, findings, calm=watch.finish(), machine=describe_machine())


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


def _rewards(measured: Measured) -> Sequence[RewardResult]:
    """What the engines took for several, and how far their rewards are from torch's."""
    candidates, prompts = measured.answers[_CANDIDATES], measured.answers[_PROMPTS]
    first = {key: answers[0]["rewards"] for key, answers in candidates.items()}
    reference = first.get(TORCH)
    return [
        RewardResult(
            engine=result,
            candidates=each(candidates[result.key]),
            prompts=each(prompts[result.key]),
            reward_change=None
            if reference is None
            else max(abs(ours - theirs) for ours, theirs in zip(first[result.key], reference, strict=True)),
        )
        for result in measured.results
    ]


def _title(model: dict[str, Any]) -> str:
    shape = model["shape"]
    return (
        f"{model['id']} ({shape['image']} pixels to {shape['image_tokens']} tokens of {shape['image_width']}, "
        f"{shape['text_layers']} text layers of {shape['text_width']}, {model['weights']} weights)"
    )


def _doubts(model: dict[str, Any], wanted: set[str], reference: ReferenceEnvironment | None) -> list[str]:
    said = []
    if not model["published_shape"]:
        said.append("the targets are meant for the published shape, and this is another")
    elif OFFICIAL in wanted and reference is None:
        said.append("the official package was not measured: `make reference` sets its environment up")
    elif OFFICIAL in wanted and reference and not reference.variables:
        said.append("no threaded OpenBLAS was found for the official package (Debian: libopenblas0-openmp)")
    if not model["artifact_of_checkpoint"]:
        said.append("the artifact was made from other weights than the checkpoint, so their rewards cannot be compared")
    return said
