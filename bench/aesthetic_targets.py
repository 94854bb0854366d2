"""The aesthetic service's targets, and what was measured against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.results import OURS, SERVICE, EngineResult
from bench.targets import Target
from bench.timings import Timings, quotient, timings

OFFICIAL, TORCH = "image-reward", "torch-fp32"
PEERS = (OFFICIAL, TORCH)
"""Both in fp32; the faster one counts, question by question."""


@dataclass(frozen=True, slots=True)
class RewardResult:
    """What one engine took."""

    engine: EngineResult
    """Its `seconds` are those of one picture and one prompt."""
    candidates: Timings
    """A candidate, of ten for one prompt."""
    prompts: Timings
    """A prompt, of ten for one picture."""
    reward_change: float | None
    """The largest difference of a candidate's reward from torch's in fp32; None without that one."""

    def as_json(self) -> dict[str, Any]:
        """Everything measured, in seconds and MB (1e6 bytes)."""
        return self.engine.as_json() | {
            "candidate_seconds": self.candidates.as_json(),
            "prompt_seconds": self.prompts.as_json(),
            "reward_change": self.reward_change,
        }


Measure = Callable[[RewardResult], Timings | None]


def each(answers: Iterable[Mapping[str, Any]]) -> Timings:
    """Seconds a reward, of answers with several."""
    return timings(answer["seconds"] / len(answer["rewards"]) for answer in answers)


def fastest_peer(results: Mapping[str, RewardResult], measure: Measure) -> Timings | None:
    """By the median; None where no peer was measured."""
    found = [measure(results[key]) for key in PEERS if key in results]
    return min((one for one in found if one), key=lambda one: one.median, default=None)


def targets(results: Mapping[str, RewardResult]) -> list[Target]:
    """Every target whose engines were measured."""
    engines = [(results[key], name) for key, name in ((OURS, "model"), (SERVICE, "whole service")) if key in results]
    found: list[Target] = []
    speeds: tuple[tuple[str, Measure], ...] = (
        ("a candidate of ten", lambda result: result.candidates),
        ("one picture, one prompt", lambda result: result.engine.seconds),
    )
    for question, measure in speeds:
        for result, name in engines:
            faster = _quotient(fastest_peer(results, measure), measure(result))
            if faster:
                found.append(
                    Target(f"{question}, {name}, times faster than the faster peer", 2.5, "x", *faster, at_least=True)
                )
    starts: tuple[tuple[str, Measure], ...] = (
        ("cold", lambda result: result.engine.cold_start),
        ("warm", lambda result: result.engine.warm_start),
    )
    for kind, measure in starts:
        for result, name in engines:
            part = _quotient(measure(result), fastest_peer(results, measure))
            if part:
                found.append(Target(f"{kind} start, {name}, part of the faster peer's", 0.333, "x", *part))
    found += [
        Target(f"peak memory, {name}", 900, "MB", result.engine.peak_mb, result.engine.peak_mb)
        for result, name in engines
    ]
    return found


def _quotient(above: Timings | None, below: Timings | None) -> tuple[float, float] | None:
    return quotient(above, below) if above and below else None
