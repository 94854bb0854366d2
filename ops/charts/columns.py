"""Columns in groups, as over time: one group a label, one column in it for each series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ops.charts.axes import SERIES, WIDTH, frame, legend, linear_axis, number, rule, text

_LEFT, _RIGHT, _TOP, _HEIGHT, _BOTTOM = 84, 16, 84, 200, 44
_LABELS: Final = 12


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label; None is not known, which is not 0."""

    name: str
    values: Sequence[float | None]


def draw_columns(title: str, note: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """An SVG document. Raises ValueError where a series has not one value for each label."""
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("every series needs one value for each label")
    highest = max((value for one in series for value in one.values if value is not None), default=0.0)
    axis = linear_axis(highest, _TOP + _HEIGHT, _TOP)
    parts = legend([one.name for one in series], _LEFT, 66)
    for tick in axis.ticks():
        parts += [
            rule(_LEFT, axis.at(tick), WIDTH - _RIGHT, axis.at(tick)),
            text(_LEFT - 8, axis.at(tick) + 4, number(tick), anchor="end", style="faint"),
        ]
    step = (WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    column = min(step * 0.8 / max(len(series), 1), 36.0)
    every = -(-len(labels) // _LABELS) or 1
    for index, label in enumerate(labels):
        middle = _LEFT + step * (index + 0.5)
        if index % every == 0:
            parts.append(text(middle, _TOP + _HEIGHT + 18, label, anchor="middle", style="faint"))
        left = middle - column * len(series) / 2
        for order, (style, one) in enumerate(zip(SERIES, series, strict=False)):
            value = one.values[index]
            if value is not None:
                top = axis.at(value)
                parts.append(
                    f'<rect class="{style}" x="{left + column * order:.1f}" y="{top:.1f}" '
                    f'width="{column * 0.94:.1f}" height="{_TOP + _HEIGHT - top:.1f}"/>'
                )
    return frame(title, note, _TOP + _HEIGHT + _BOTTOM, parts)
