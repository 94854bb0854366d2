"""The results of a run, engine by engine: plain arithmetic over the engines' answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.engine_process import Start
from bench.page_cache import Eviction
from bench.timings import Timings, timings

OURS, SERVICE, FLOOR = "imajin", "service", "int8-floor"
"""Keys of the engines that every bench of a service has: the model, the service around it, its products alone."""


@dataclass(frozen=True, slots=True)
class EngineResult:
    """One engine. Starts are empty where none were measured."""

    key: str
    title: str
    seconds: Timings
    """A picture."""
    peak_mb: float
    """The most its process took, after the last picture."""
    cosine: float | None
    """Of its embedding with the reference's; None for an engine that gives none."""
    cold: tuple[Start, ...] = ()
    warm: tuple[Start, ...] = ()
    evictions: tuple[Eviction, ...] = ()

    @property
    def warm_start(self) -> Timings | None:
        """From the start of the process to its first answer, everything it reads in the page cache."""
        return timings(start.seconds for start in self.warm) if self.warm else None

    @property
    def cold_start(self) -> Timings | None:
        """The same with nothing there."""
        return timings(start.seconds for start in self.cold) if self.cold else None

    @property
    def read_mb(self) -> float | None:
        """The most that was read from storage before a first answer."""
        return max((start.read_mb for start in self.cold), default=None)

    @property
    def model_read_mb(self) -> float | None:
        """The part of it that is the model."""
        return max((start.model_read_mb for start in self.cold if start.model_read_mb is not None), default=None)

    def as_json(self) -> dict[str, Any]:
        """Everything measured, in seconds and MB (1e6 bytes)."""
        return {
            "title": self.title,
            "seconds": self.seconds.as_json(),
            "peak_mb": self.peak_mb,
            "cosine": self.cosine,
            "cold_starts": [start.as_json() for start in self.cold],
            "warm_starts": [start.as_json() for start in self.warm],
            "files_mb": max((eviction.total_mb for eviction in self.evictions), default=None),
            "left_in_page_cache_mb": [eviction.left_mb for eviction in self.evictions],
        }


@dataclass(frozen=True, slots=True)
class Overhead:
    """A request's time beside the encoder's own, in seconds, and the medians of the stages the answer names, in ms."""

    outside: Timings
    """Measured around the handler, JSON text to JSON text."""
    inside: Timings
    """By the answer's own `timing_ms`."""
    stages_ms: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """The fields."""
        return {
            "outside": self.outside.as_json(),
            "inside": self.inside.as_json(),
            "stages_ms": self.stages_ms,
        }


@dataclass(frozen=True, slots=True)
class Floor:
    """The encoder's products alone."""

    products: Timings
    attention: Timings
    gigaops: float
    """Multiplications and additions of the int8 products of one picture, in 1e9."""

    def as_json(self) -> dict[str, Any]:
        """The fields."""
        return {
            "products": self.products.as_json(),
            "attention": self.attention.as_json(),
            "gigaops": self.gigaops,
        }


def overhead(answers: Sequence[Mapping[str, Any]]) -> Overhead:
    """From answers of the service's engine."""
    stages: dict[str, list[float]] = {}
    for answer in answers:
        for stage, spent in answer["timing_ms"].items():
            stages.setdefault(stage, []).append(spent)
    return Overhead(
        outside=timings(answer["seconds"] - answer["timing_ms"]["inference"] / 1000 for answer in answers),
        inside=timings((answer["timing_ms"]["total"] - answer["timing_ms"]["inference"]) / 1000 for answer in answers),
        stages_ms={stage: timings(spent).median for stage, spent in stages.items()},
    )


def floor(answers: Sequence[Mapping[str, Any]]) -> Floor:
    """From answers of the floor's engine."""
    return Floor(
        products=seconds_of(answers),
        attention=timings(answer["attention_seconds"] for answer in answers),
        gigaops=answers[0]["gigaops"],
    )


def seconds_of(answers: Iterable[Mapping[str, Any]]) -> Timings:
    """Of one engine's answers."""
    return timings(answer["seconds"] for answer in answers)


def cosine(first: Sequence[float] | None, second: Sequence[float] | None) -> float | None:
    """Of two vectors; None where one is missing."""
    if first is None or second is None:
        return None
    dot = math.fsum(a * b for a, b in zip(first, second, strict=True))
    return dot / math.sqrt(math.fsum(a * a for a in first) * math.fsum(b * b for b in second))


def describe_readahead(results: Iterable[EngineResult]) -> list[str]:
    """What the disk read ahead in the cold starts, to which a part of what was read is owed; nothing where unknown."""
    found = {start.readahead_kb for result in results for start in result.cold if start.readahead_kb is not None}
    return [
        f"Cold starts: the disk read ahead {size} KiB at a time (Linux's default is 128)." for size in sorted(found)
    ]


def cold_warnings(results: Iterable[EngineResult], limit_share: float = 0.05) -> list[str]:
    """Where files could not be made cold, or where nothing was read all the same."""
    said = []
    for result in results:
        worst = max(result.evictions, key=lambda eviction: eviction.left_share, default=None)
        if worst is not None and worst.left_share > limit_share:
            said.append(
                f"cold starts of {result.title}: {worst.left_mb:,.0f} of {worst.total_mb:,.0f} MB stayed in the page "
                "cache"
            )
        if result.read_mb == 0:
            said.append(f"cold starts of {result.title}: the kernel counted nothing as read from storage")
    return said
