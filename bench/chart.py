"""One picture of a table: horizontal bars, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bench.figures import seconds

_WIDTH, _LABEL, _FIGURE, _ROW, _BAR, _TOP = 960, 230, 110, 38, 22, 64


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its length, and a lighter part that reaches to `until` where that is further."""

    label: str
    value: float
    until: float
    ours: bool = False


def draw_bars(title: str, subtitle: str, bars: Sequence[Bar]) -> str:
    """An SVG document: a bar each, from the best (solid) to the median (light), the best written beside it."""
    longest = max((max(bar.value, bar.until) for bar in bars), default=0.0) or 1.0
    scale = (_WIDTH - _LABEL - _FIGURE) / longest
    height = _TOP + _ROW * len(bars) + 12
    size = f'width="{_WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif">',
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="18" font-weight="600" fill="#1b1f24">{escape(title)}</text>',
        f'<text x="16" y="48" font-size="11" fill="#57606a">{escape(subtitle)}</text>',
    ]
    for index, bar in enumerate(bars):
        parts += _bar(bar, _TOP + _ROW * index, scale)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(bar: Bar, top: int, scale: float) -> list[str]:
    color = "#0b7a75" if bar.ours else "#8c959f"
    until = max(bar.value, bar.until) * scale
    middle = top + _BAR / 2 + 5
    weight = 600 if bar.ours else 400
    style = f'y="{middle}" font-size="13" font-weight="{weight}" fill="#1b1f24"'
    return [
        f'<text x="{_LABEL - 10}" text-anchor="end" {style}>{escape(bar.label)}</text>',
        f'<rect x="{_LABEL}" y="{top}" width="{until:.1f}" height="{_BAR}" fill="{color}" opacity="0.35"/>',
        f'<rect x="{_LABEL}" y="{top}" width="{bar.value * scale:.1f}" height="{_BAR}" fill="{color}"/>',
        f'<text x="{_LABEL + until + 8:.1f}" {style}>{seconds(bar.value)} s</text>',
    ]
