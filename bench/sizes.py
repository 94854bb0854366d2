"""`python -m bench models`: what each size of the family costs here, beside its published accuracy."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.chart import Bar, draw_bars
from bench.engine_process import EngineSpec
from bench.figures import megabytes, seconds
from bench.machine import CalmWatch, describe_machine, describe_versions
from bench.preparation_process import prepare
from bench.published import PUBLISHED, SOURCE, Published
from bench.records import Record, today
from bench.results import seconds_of
from bench.rounds import open_all, round_robin
from bench.timings import Timings
from ops.tables import render


@dataclass(frozen=True, slots=True)
class SizesPlan:
    """What to measure, and how often."""

    shapes: tuple[str, ...]
    cache: Path
    threads: int
    repeats: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Size:
    """One model of the family, measured with random weights."""

    published: Published
    seconds: Timings
    peak_mb: float
    encoder_mb: float
    """Its files."""

    def as_json(self) -> dict[str, Any]:
        """The fields."""
        return {
            "zero_shot_imagenet": self.published.zero_shot_imagenet,
            "seconds": self.seconds.as_json(),
            "peak_mb": self.peak_mb,
            "encoder_mb": self.encoder_mb,
        }


def run(plan: SizesPlan) -> Record:
    """Prepare, measure, describe. Raises BenchError."""
    watch = CalmWatch()
    wanted = [entry for entry in PUBLISHED if entry.shape in plan.shapes]
    shapes = [entry.shape for entry in wanted]
    prepared = prepare("sizes", {"cache": str(plan.cache), "shapes": shapes}, plan.threads)["artifacts"]
    specs = [
        EngineSpec(entry.shape, entry.title, "image-encoder", {"artifact": prepared[entry.shape]["artifact"]})
        for entry in wanted
    ]
    with ExitStack() as stack:
        engines = open_all(stack, specs, plan.threads, shown=plan.shown)
        answers = round_robin(engines, plan.repeats, shown=plan.shown)
        found = [
            Size(
                published=entry,
                seconds=seconds_of(answers[entry.shape]),
                peak_mb=engines[entry.shape].ask("memory")["peak_mb"],
                encoder_mb=prepared[entry.shape]["encoder_mb"],
            )
            for entry in wanted
        ]
    calm, machine = watch.finish(), describe_machine()
    subtitle = f"int8, random weights, {plan.threads} threads on {machine.processor}, {today()}"
    lines = [subtitle, "", size_table(found), "", f"- Accuracy: {SOURCE}."]
    lines += [f"- Careful: {warning}." for warning in calm.warnings]
    bars = [Bar(size.published.title, size.seconds.best, size.seconds.median, ours=True) for size in found]
    content = {
        "bench": "models",
        "date": today(),
        "machine": dataclasses.asdict(machine),
        "calm": dataclasses.asdict(calm),
        "versions": describe_versions(),
        "settings": {"threads": plan.threads, "repeats": plan.repeats},
        "accuracy_source": SOURCE,
        "models": {size.published.shape: size.as_json() for size in found},
        "warnings": list(calm.warnings),
    }
    picture = draw_bars("Seconds per picture: best (solid) and median (light)", subtitle, bars)
    return Record(content, "\n".join(lines), picture)


def size_table(found: list[Size]) -> str:
    """One line a model."""
    rows = [
        (
            size.published.title,
            None if size.published.zero_shot_imagenet is None else f"{size.published.zero_shot_imagenet:.1f}",
            seconds(size.seconds.best),
            seconds(size.seconds.median),
            megabytes(size.peak_mb),
            megabytes(size.encoder_mb),
        )
        for size in found
    ]
    header = ("model", "zero-shot ImageNet, %", "s a picture, best", "median", "peak, MB", "files, MB")
    return render(header, rows)
