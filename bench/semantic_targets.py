"""The semantic service's targets, and what was measured against them."""

from __future__ import annotations

from collections.abc import Mapping

from bench.results import OURS, SERVICE, EngineResult, Overhead
from bench.targets import Target
from bench.timings import Timings, quotient

PEER = "transformers-fp32"
SHAPE = "so400m-patch14-384"
"""The shape all of these are for."""


def targets(results: Mapping[str, EngineResult], overhead: Overhead | None, scoring: Timings | None) -> list[Target]:
    """Every target whose engines were measured."""
    found: list[Target] = []
    ours, service, peer = results.get(OURS), results.get(SERVICE), results.get(PEER)
    if ours and peer:
        faster = quotient(peer.seconds, ours.seconds)
        found.append(Target("a picture, times faster than transformers fp32", 2.8, "x", *faster, at_least=True))
        found.append(Target("the same, stretch target", 3.3, "x", *faster, at_least=True))
    for engine, name in ((ours, "encoder"), (service, "whole service")):
        if engine and peer:
            found += _starts(engine, peer, name)
    for engine, name in ((ours, "encoder"), (service, "whole service")):
        if engine:
            found.append(Target(f"peak memory, {name}", 800, "MB", engine.peak_mb, engine.peak_mb))
    for engine, name in ((ours, "encoder"), (service, "whole service")):
        if engine and engine.read_mb is not None:
            least = min(start.read_mb for start in engine.cold)
            found.append(Target(f"read before the first answer, {name}", 500, "MB", engine.read_mb, least))
        if engine and engine.model_read_mb is not None:
            model = engine.model_read_mb
            found.append(Target(f"of that the model, {name}", 500, "MB", model, model))
    if overhead:
        outside = overhead.outside
        found.append(Target("a request without the encoder", 40, "ms", outside.median * 1000, outside.best * 1000))
    if scoring:
        found.append(Target("all filters scored", 2, "ms", scoring.median * 1000, scoring.best * 1000))
    return found


def _starts(engine: EngineResult, peer: EngineResult, name: str) -> list[Target]:
    pairs = (("warm", engine.warm_start, peer.warm_start), ("cold", engine.cold_start, peer.cold_start))
    return [
        Target(f"{kind} start, {name}, part of transformers'", 0.333, "x", *quotient(ours, theirs))
        for kind, ours, theirs in pairs
        if ours and theirs
    ]
