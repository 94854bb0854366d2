"""`python -m bench gpu`: the torch engines on a GPU, beside transformers in eager torch, held to the CPU engines."""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch

from bench.errors import BenchError
from bench.figures import ratio
from bench.gpu_options import FUNCTIONS
from bench.gpu_subjects import Answers, Sources, Subject, aesthetic, semantic
from bench.machine import describe_machine, describe_versions
from bench.records import Record, today
from bench.timings import Timings, timings
from functions.common.gpu.device import Device, read_device
from functions.common.settings import SettingsReader
from models.errors import ModelsError
from ops.tables import render

SUBJECTS: Final = dict(zip(FUNCTIONS, (semantic, aesthetic), strict=True))
_COMPARED: Final = 8
"""Pictures on which engines are compared; the CPU engine takes a second or two for each."""
_WARM: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how often."""

    functions: tuple[str, ...]
    sources: Sources
    precision: str
    device: str
    sizes: tuple[int, ...]
    repeats: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One function's figures."""

    subject: Subject
    ours: dict[int, Timings]
    peer: dict[int, Timings]
    apart: dict[str, float]
    """The largest difference of a score, by what was compared."""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "title": self.subject.title,
            "measure": self.subject.measure,
            "apart": self.apart,
            "seconds": {
                str(size): {"imajin": self.ours[size].as_json(), "transformers": self.peer[size].as_json()}
                for size in self.ours
            },
        }


def plan(options: argparse.Namespace) -> Plan:
    """What the options ask for."""
    return Plan(
        functions=tuple(options.functions),
        sources=Sources(options.cache.resolve() / "gpu", options.shape, options.checkpoint, options.reward_checkpoint),
        precision=options.precision,
        device=options.device,
        sizes=tuple(options.sizes),
        repeats=options.repeats,
    )


def run(asked: Plan) -> Record:
    """Prepare, measure, describe. Raises BenchError."""
    device = _device(asked)
    machine = dataclasses.asdict(describe_machine())
    if device.name:
        machine["processor"] = device.name
    asked.sources.cache.mkdir(parents=True, exist_ok=True)
    try:
        measured = [_measure(SUBJECTS[name], asked, device) for name in asked.functions]
    except ModelsError as error:
        raise BenchError(str(error)) from error
    content = {
        "bench": "gpu",
        "date": today(),
        "machine": machine,
        "versions": describe_versions() | {"cuda": torch.version.cuda},
        "settings": {"precision": device.precision, "sizes": list(asked.sizes), "repeats": asked.repeats},
        "functions": {found.subject.name: found.as_json() for found in measured},
    }
    where = f"{device.name or 'the processor'} in {device.precision}, torch {torch.__version__}, {today()}"
    return Record(content=content, text="\n\n".join([where, *(_text(found) for found in measured)]))


def _device(asked: Plan) -> Device:
    if asked.device == "cuda" and not torch.cuda.is_available():
        raise BenchError(
            f"there is no CUDA device here (torch {torch.__version__}): run this on a machine that has one, "
            "with a CUDA build of torch"
        )
    read = SettingsReader({"GPU_DEVICE": asked.device, "GPU_PRECISION": asked.precision})
    return read_device(read)


def _measure(prepare: Callable[[Sources, Device, int], Subject], asked: Plan, device: Device) -> Measured:
    subject = prepare(asked.sources, device, max(*asked.sizes, _COMPARED))
    together = subject.ours(_COMPARED)
    alone = subject.ours(1)
    apart = {
        "the CPU engine in fp32": subject.apart(together, subject.processor(_COMPARED)),
        "transformers in the same precision": subject.apart(together, subject.peer(_COMPARED)),
        "a picture in a batch and alone": subject.apart(together[:1], alone),
    }
    ours, peer = (
        {size: _timed(engine, size, asked.repeats) for size in asked.sizes} for engine in (subject.ours, subject.peer)
    )
    return Measured(subject, ours, peer, apart)


def _timed(engine: Callable[[int], Answers], size: int, repeats: int) -> Timings:
    """From pixels in memory to answers in memory, so that what a GPU does is over."""
    for _ in range(_WARM):
        engine(size)
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        engine(size)
        found.append(time.perf_counter() - started)
    return timings(found)


def _text(found: Measured) -> str:
    rows = []
    for size, ours in found.ours.items():
        peer = found.peer[size]
        rates = (f"{size / each.median:.1f}" for each in (ours, peer))
        rows.append((str(size), *rates, ratio(peer.median / ours.median)))
    header = ("pictures at once", "imajin, pictures/s", "transformers eager, pictures/s", "faster")
    lines = [f"**{found.subject.name}**: {found.subject.title}; beside {found.subject.peer_title}", ""]
    lines += [render(header, rows), "", f"Largest difference of {found.subject.measure}:"]
    return "\n".join([*lines, *(f"- {what}: {value:.2g}" for what, value in found.apart.items())])
