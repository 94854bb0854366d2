"""The aesthetic measurements as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from bench.aesthetic_targets import RewardResult, fastest_peer
from bench.chart import Bar, draw_bars
from bench.figures import megabytes, ratio, seconds
from bench.results import OURS, SERVICE
from ops.tables import render


def reward_table(results: Sequence[RewardResult]) -> str:
    """One line an engine; medians where nothing else is said."""
    peer = fastest_peer({result.engine.key: result for result in results}, lambda result: result.candidates)
    rows = []
    for result in results:
        engine = result.engine
        starts = (engine.warm_start, engine.cold_start)
        rows.append(
            (
                engine.title,
                seconds(engine.seconds.best),
                seconds(engine.seconds.median),
                seconds(result.candidates.median),
                ratio(peer.median / result.candidates.median) if peer else None,
                seconds(result.prompts.median),
                *(seconds(start.median) if start is not None else None for start in starts),
                megabytes(engine.read_mb),
                megabytes(engine.model_read_mb),
                megabytes(engine.peak_mb),
                None if result.reward_change is None else f"{result.reward_change:.2g}",
            )
        )
    header = (
        *("engine", "one and one, s, best", "median", "a candidate of ten, s", "times the faster peer"),
        *("a prompt of ten, s", "warm start, s", "cold start, s", "read cold, MB", "of the model", "peak, MB"),
        "reward change",
    )
    return render(header, rows)


def draw(results: Sequence[RewardResult], subtitle: str) -> str:
    """Bars of seconds a candidate, as SVG."""
    bars = [
        Bar(
            result.engine.title,
            result.candidates.best,
            result.candidates.median,
            ours=result.engine.key in {OURS, SERVICE},
        )
        for result in sorted(results, key=lambda result: result.candidates.best)
    ]
    return draw_bars("Seconds per candidate, ten for one prompt: best (solid) and median (light)", subtitle, bars)
