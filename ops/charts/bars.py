"""Horizontal bars: one row a label, one bar in it for each series, its figure beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ops.charts.axes import SERIES, WIDTH, Axis, frame, legend, number, text
from ops.charts.columns import Series

_LEFT, _RIGHT, _TOP, _BAR, _GAP = 270, 110, 84, 16, 14


def draw_bars(
    title: str,
    note: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    figure: Callable[[float], str] = number,
) -> str:
    """An SVG document; `figure` writes a value, and one that is not known has a dash.

    Raises ValueError as `draw_columns` does.
    """
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("every series needs one value for each label")
    highest = max((value for one in series for value in one.values if value is not None), default=0.0)
    axis = Axis(0.0, highest or 1.0, _LEFT, WIDTH - _RIGHT)
    parts = legend([one.name for one in series], _LEFT, 66)
    row = _BAR * len(series) + _GAP
    for index, label in enumerate(labels):
        top = _TOP + row * index
        parts.append(text(_LEFT - 10, top + (row - _GAP) / 2 + 4, label, anchor="end"))
        for order, (style, one) in enumerate(zip(SERIES, series, strict=False)):
            value = one.values[index]
            y = top + _BAR * order
            end = axis.at(value or 0.0)
            if value is not None:
                width = max(end - _LEFT, 1.0)
                parts.append(f'<rect class="{style}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 2}"/>')
            parts.append(text(end + 8, y + _BAR - 5, "–" if value is None else figure(value), style="faint"))
    return frame(title, note, _TOP + row * len(labels) + 8, parts)
