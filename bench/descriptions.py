"""Findings of either service in a sentence."""

from __future__ import annotations

from bench.results import EngineResult, Floor, Overhead


def describe_floor(floor: Floor, ours: EngineResult) -> str:
    """The floor, and how far above it the model is."""
    products, attention, whole = floor.products, floor.attention, ours.seconds
    return (
        f"int8 floor: {floor.gigaops:.3g} Gop of matrix products alone take {products.best:.3g} s at best "
        f"({floor.gigaops / products.best:,.0f} Gop/s; median {products.median:.3g} s). The model takes "
        f"{whole.best / products.best:.2f} times that (medians {whole.median / products.median:.2f}). Attention's own "
        f"products, which stay fp32, take {attention.best:.3g} s more: with them it is "
        f"{whole.best / (products.best + attention.best):.2f} times."
    )


def describe_overhead(overhead: Overhead) -> str:
    """What a request takes besides the model, and where."""
    outside, inside = overhead.outside, overhead.inside
    stages = ", ".join(f"{stage} {spent:.1f}" for stage, spent in overhead.stages_ms.items() if stage != "total")
    return (
        f"A request without the model: {outside.median * 1000:.1f} ms ({outside.best * 1000:.1f} at best) from JSON "
        f"text to JSON text; by its own timing {inside.median * 1000:.1f} ms. Stages in ms, medians: {stages}."
    )
