"""The semantic measurements as tables and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.chart import Bar, draw_bars
from bench.figures import megabytes, ratio, seconds
from bench.results import OURS, SERVICE, EngineResult
from bench.semantic_targets import PEER
from bench.timings import Timings, timings
from ops.tables import render


def engine_table(results: Sequence[EngineResult]) -> str:
    """One line an engine."""
    peer = next((result for result in results if result.key == PEER), None)
    rows = [
        (
            result.title,
            seconds(result.seconds.best),
            seconds(result.seconds.median),
            ratio(peer.seconds.median / result.seconds.median) if peer else None,
            *(seconds(start.median) if start is not None else None for start in (result.warm_start, result.cold_start)),
            megabytes(result.read_mb),
            megabytes(result.model_read_mb),
            megabytes(result.peak_mb),
            None if result.cosine is None else f"{result.cosine:.5f}",
        )
        for result in results
    ]
    header = (
        *("engine", "s a picture, best", "median", "times transformers fp32", "warm start, s", "cold start, s"),
        *("read cold, MB", "of the model", "peak, MB", "cosine"),
    )
    return render(header, rows)


def describe_scoring(scoring: Timings, filters: int) -> str:
    """Filters scored."""
    return f"{filters} filters scored: {scoring.median * 1000:.2f} ms ({scoring.best * 1000:.2f} at best)."


def describe_text(text: Mapping[str, Any]) -> str:
    """The text tower, apart from everything above."""
    made = timings(text["seconds"])
    return (
        f"Text tower, opened by the first label that needs it: {text['open_seconds']:.3g} s to open, {made.best:.3g} s "
        f"a new label (median {made.median:.3g}), {text['added_mb']:,.0f} MB of memory added "
        f"({text['peak_added_mb']:,.0f} at the peak)."
    )


def draw(results: Sequence[EngineResult], subtitle: str) -> str:
    """Bars of seconds a picture, as SVG."""
    bars = [
        Bar(result.title, result.seconds.best, result.seconds.median, ours=result.key in {OURS, SERVICE})
        for result in sorted(results, key=lambda result: result.seconds.best)
    ]
    return draw_bars("Seconds per picture: best (solid) and median (light)", subtitle, bars)
