"""Progress bars on standard error."""

import sys
from collections.abc import Collection, Iterator
from typing import Never, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def bar(label: str, total: int, unit: str, *, shown: bool) -> "tqdm[Never]":
    """A bar to be advanced with `update`; bytes are shown in binary multiples.

    Off a terminal it is redrawn at most twice a minute, so that a build log stays readable.
    """
    shown_bar: tqdm[Never] = tqdm(
        desc=label,
        total=total,
        unit=unit,
        unit_scale=unit == "B",
        unit_divisor=1024 if unit == "B" else 1000,
        mininterval=0.2 if sys.stderr.isatty() else 30,
        disable=not shown,
    )
    return shown_bar


def each(label: str, items: Collection[Item], unit: str, *, shown: bool) -> Iterator[Item]:
    """The items, one after another, under a bar that moves on when the next is asked for."""
    with bar(label, len(items), unit, shown=shown) as shown_bar:
        for item in items:
            yield item
            shown_bar.update()
