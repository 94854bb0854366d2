"""What every chart shares: its colours, its frame, and where a value stands on an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

WIDTH: Final = 920
SERIES: Final = ("s1", "s2", "s3", "s4", "s5")
"""Classes of the first, second, ... series."""

_COLOURS: Final = {
    "ink": ("#1b1f24", "#e6edf3"),
    "faint": ("#59636e", "#9198a1"),
    "rule": ("#d8dee4", "#30363d"),
    "paper": ("#ffffff", "#0d1117"),
    "s1": ("#6e7f91", "#8b9bad"),
    "s2": ("#0b7a75", "#3fb8ae"),
    "s3": ("#b4540a", "#f0883e"),
    "s4": ("#6639ba", "#b794f4"),
    "s5": ("#a40e26", "#ff7b72"),
}
"""On light paper and on dark."""


def _painted(what: str, selector: str, colour: str) -> str:
    # Twice: programs that know no variables, of which there are many beside browsers, would draw all of it black.
    return f"{selector}{{{what}:{_COLOURS[colour][0]};{what}:var(--{colour})}}"


def _style() -> str:
    light, dark = (";".join(f"--{name}:{pair[at]}" for name, pair in _COLOURS.items()) for at in (0, 1))
    rules = [
        f".chart{{{light};font-family:system-ui,sans-serif}}",
        f"@media (prefers-color-scheme:dark){{.chart{{{dark}}}}}",
        _painted("fill", ".chart .paper", "paper"),
        _painted("fill", ".chart text,.chart .mark", "ink"),
        _painted("fill", ".chart .faint", "faint"),
        _painted("stroke", ".chart .rule", "rule"),
        *(_painted("fill", f".chart .{name}", name) for name in SERIES),
        *(_painted("stroke", f".chart path.{name}", name) for name in SERIES),
        ",".join(f".chart path.{name}" for name in SERIES) + "{fill:none;stroke-width:2}",
        # Words stand out from the lines they cross.
        _painted("stroke", ".chart .name", "paper"),
        ".chart .name{paint-order:stroke;stroke-width:4px}",
        ".chart text{font-size:12px}.chart .title{font-size:16px;font-weight:600}.chart .faint{font-size:11px}",
    ]
    return "\n".join(rules)


STYLE: Final = _style()


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` onto pixels from `start` to `end`, evenly or by their logarithm."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; what lies outside stands on the edge."""
        inside = min(max(value, self.low), self.high)
        if self.logarithmic:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round values to mark: powers of ten, or at most six even steps of 1, 2 or 5."""
        if self.logarithmic:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1)]
        step = nice_step((self.high - self.low) / 5)
        count = int((self.high - self.low) / step + 1e-9)
        return [self.low + step * index for index in range(count + 1)]


def nice_step(atleast: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(atleast))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= atleast * (1 - 1e-9))


def linear_axis(highest: float, start: float, end: float) -> Axis:
    """From 0 to a round value at or above `highest`."""
    step = nice_step((highest or 1.0) / 5)
    return Axis(0.0, math.ceil((highest or 1.0) / step - 1e-9) * step, start, end)


def number(value: float) -> str:
    """A figure for an axis or a bar: three that count, thousands set apart, never in powers of ten."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value)) + 1e-9))
    text = f"{value:.{min(places, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def text(x: float, y: float, words: str, *, anchor: str = "start", style: str = "") -> str:
    """A line of text whose baseline is at `y`."""
    chosen = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{chosen}>{escape(words)}</text>'


def rule(x1: float, y1: float, x2: float, y2: float) -> str:
    """A thin line."""
    return f'<line class="rule" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def legend(names: Sequence[str], x: float, y: float) -> list[str]:
    """A coloured square and a name for each series, on one line."""
    parts = []
    for style, name in zip(SERIES, names, strict=False):
        parts += [
            f'<rect class="{style}" x="{x:.1f}" y="{y - 9:.1f}" width="10" height="10" rx="2"/>',
            text(x + 15, y, name),
        ]
        x += 34 + 6.6 * len(name)
    return parts


def frame(title: str, note: str, height: int, parts: Sequence[str]) -> str:
    """The SVG element: title, a faint line under it, then `parts`. It carries its own colours."""
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label={quoteattr(title)} {size}>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        text(16, 26, title, style="title"),
        text(16, 44, note, style="faint"),
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"
