"""Lines over two logarithmic axes, with marked points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.charts.axes import SERIES, WIDTH, Axis, frame, legend, number, rule, text

_LEFT, _RIGHT, _TOP, _HEIGHT, _BOTTOM = 96, 30, 84, 280, 56

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """Points in order of x, both values above 0."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point worth a name."""

    name: str
    at: Point


def draw_lines(
    title: str, note: str, lines: Sequence[Line], marks: Sequence[Mark] = (), *, x_name: str, y_name: str
) -> str:
    """An SVG document. Raises ValueError where there is no point, or one that no logarithm is known of."""
    points = [point for line in lines for point in line.points] + [mark.at for mark in marks]
    if not points or min(min(point) for point in points) <= 0:
        raise ValueError("a logarithmic chart needs points, and values above 0")
    x_axis = _axis([x for x, _ in points], _LEFT, WIDTH - _RIGHT, margin=1.0)
    y_axis = _axis([y for _, y in points], _TOP + _HEIGHT, _TOP, margin=1.25)
    parts = legend([line.name for line in lines], _LEFT, 66)
    for tick in x_axis.ticks():
        parts += [
            rule(x_axis.at(tick), _TOP, x_axis.at(tick), _TOP + _HEIGHT),
            text(x_axis.at(tick), _TOP + _HEIGHT + 18, number(tick), anchor="middle", style="faint"),
        ]
    for tick in y_axis.ticks():
        parts += [
            rule(_LEFT, y_axis.at(tick), WIDTH - _RIGHT, y_axis.at(tick)),
            text(_LEFT - 8, y_axis.at(tick) + 4, number(tick), anchor="end", style="faint"),
        ]
    parts.append(text((_LEFT + WIDTH - _RIGHT) / 2, _TOP + _HEIGHT + 40, x_name, anchor="middle"))
    parts.append(text(16, _TOP - 6, y_name, style="faint"))
    for style, line in zip(SERIES, lines, strict=False):
        places = " ".join(f"{x_axis.at(x):.1f},{y_axis.at(y):.1f}" for x, y in line.points)
        parts.append(f'<path class="{style}" d="M{places}"/>')
    for mark in marks:
        x, y = x_axis.at(mark.at[0]), y_axis.at(mark.at[1])
        parts.append(f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
        past_middle = x > WIDTH * 0.6
        anchor = "end" if past_middle else "start"
        parts.append(text(x - 9 if past_middle else x + 9, y + 18, mark.name, anchor=anchor, style="name"))
    return frame(title, note, _TOP + _HEIGHT + _BOTTOM, parts)


def _axis(values: Sequence[float], start: float, end: float, *, margin: float) -> Axis:
    low, high = min(values) / margin, max(values) * margin
    return Axis(low, high if high > low else low * 10, start, end, logarithmic=True)
