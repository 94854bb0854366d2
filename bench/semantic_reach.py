"""The semantic service's targets, and what was measured against them."""

from __future__ import annotations

from collections.abc import Mapping

from bench.reach import Reach
from bench.results import OURS, SERVICE, EngineResult, Overhead
from bench.timings import Timings, quotient

PEER = "transformers-fp32"
SHAPE = "so400m-patch14-384"
"""The shape all of these are for."""


def reaches(results: Mapping[str, EngineResult], overhead: Overhead | None, scoring: Timings | None) -> list[Reach]:
    """Every aim whose engines were measured."""
    found: list[Reach] = []
    ours, service, peer = results.get(OURS), results.get(SERVICE), results.get(PEER)
    if ours and peer:
        faster = quotient(peer.seconds, ours.seconds)
        found.append(Reach("a picture, times faster than transformers fp32", 2.8, "x", *faster, at_least=True))
        found.append(Reach("the same, to be proud of", 3.3, "x", *faster, at_least=True))
    for engine, name in ((ours, "encoder"), (service, "whole service")):
        if engine and peer:
            found += _starts(engine, peer, name)
    for engine, name in ((ours, "encoder"), (service, "whole service")):
        if engine:
            found.append(Reach(f"peak memory, {name}", 800, "MB", engine.peak_mb, engine.peak_mb))
    for engine, name in ((ours, "encoder"), (service, "whole service")):
        if engine and engine.read_mb is not None:
            least = min(start.read_mb for start in engine.cold)
            found.append(Reach(f"read before the first answer, {name}", 500, "MB", engine.read_mb, least))
        if engine and engine.model_read_mb is not None:
            model = engine.model_read_mb
            found.append(Reach(f"of that the model, {name}", 500, "MB", model, model))
    if overhead:
        outside = overhead.outside
        found.append(Reach("a request beside the encoder", 40, "ms", outside.median * 1000, outside.best * 1000))
    if scoring:
        found.append(Reach("all filters scored", 2, "ms", scoring.median * 1000, scoring.best * 1000))
    return found


def _starts(engine: EngineResult, peer: EngineResult, name: str) -> list[Reach]:
    pairs = (("warm", engine.warm_start, peer.warm_start), ("cold", engine.cold_start, peer.cold_start))
    return [
        Reach(f"{kind} start, {name}, part of transformers'", 0.333, "x", *quotient(ours, theirs))
        for kind, ours, theirs in pairs
        if ours and theirs
    ]
