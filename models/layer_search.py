"""Which layers to keep in fp32: as few of the most sensitive ones as the tolerances take, found by measuring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from functions.common.manifest import Figure
from models import progress
from models.mixed_precision import Layer, share

_WORST_ITEMS: Final = 4


@dataclass(frozen=True, slots=True)
class Findings:
    """What a mixture of precisions does to the answers."""

    figures: dict[str, Figure]
    notes: dict[str, float]
    """Figures without a limit."""
    errors: NDArray[np.float64]  # (items,)
    """How far each answer is off, in one number, by which items and layers are ranked."""

    @property
    def met(self) -> bool:
        """Whether every figure is within its limit."""
        return all(figure.value <= figure.limit for figure in self.figures.values())


class Measure(Protocol):
    """Compares the graph whose layers `kept` are in fp32 with the fp32 graph, on some items."""

    def __call__(self, kept: frozenset[str], items: Sequence[int], label: str | None = None) -> Findings:
        """With a label, progress is shown under it."""


def search_layers(
    layers: Sequence[Layer], measure: Measure, quantized: Findings, *, largest: float = 1.0, shown: bool = False
) -> tuple[frozenset[str], Findings]:
    """Layers to keep in fp32, by name, and the findings on all items then; `quantized` are those without any.

    Groups of layers (half a transformer block, a head) are ranked on the worst items by how small the error gets with
    one group in fp32; the first 1, 2, 3, 4, 6, 8, 12, ... of them are kept until every item's tolerance is met, and
    then single layers go back to int8 where that is not missed. All of them are kept where nothing less will do.

    What comes back does not meet the tolerances where not even all layers do, or only layers with more than `largest`
    of the weights' bytes.
    """
    everything = range(len(quantized.errors))
    worst = _worst(quantized)
    whole = frozenset(layer.name for layer in layers)
    best = measure(whole, worst)
    if not best.met:
        return whole, best
    ranked = _ranked_groups(layers, measure, worst, shown=shown)
    kept: frozenset[str] = frozenset()
    found = quantized
    for count in _steps(len(ranked)):
        kept = frozenset(layer.name for group in ranked[:count] for layer in group)
        if share(layers, kept) > largest:
            break
        label = f"{len(kept)} layers in fp32"
        if count < len(ranked) and not measure(kept, worst, label).met:
            continue
        found = measure(kept, everything, label)
        if found.met:
            sensitive_last = [layer.name for group in reversed(ranked[:count]) for layer in reversed(group)]
            return _trimmed(kept, sensitive_last, measure, found, shown=shown)
        worst = _worst(found)
    return kept, found


def _ranked_groups(
    layers: Sequence[Layer], measure: Measure, worst: Sequence[int], *, shown: bool
) -> list[list[Layer]]:
    groups: dict[str, list[Layer]] = {}
    for layer in layers:
        groups.setdefault(layer.group, []).append(layer)
    errors: dict[str, float] = {}
    for name, members in progress.each("rank layers", groups.items(), "group", shown=shown):
        errors[name] = _size(measure(frozenset(layer.name for layer in members), worst))
    return [groups[name] for name in sorted(groups, key=lambda name: errors[name])]


def _steps(most: int) -> Iterator[int]:
    """1, 2, 3, 4, 6, 8, 12, ... and `most`."""
    count = 1
    while count < most:
        yield count
        # To the next power of two in two steps.
        power = 1 << (count.bit_length() - 1)
        count += max(power // 2, 1)
    if most:
        yield most


def _trimmed(
    kept: frozenset[str], names: Sequence[str], measure: Measure, found: Findings, *, shown: bool
) -> tuple[frozenset[str], Findings]:
    """`kept` without the layers, tried in the order of `names`, that can be int8 after all."""
    worst = _worst(found)
    removed: list[str] = []
    for name in progress.each("try layers in int8", names, "layer", shown=shown and len(names) > 1):
        rest = kept.difference(removed, [name])
        if rest and measure(rest, worst).met:
            removed.append(name)
    # The last to go was the most sensitive, so that is the first to come back where other items object.
    while removed:
        smaller = kept.difference(removed)
        on_all = measure(smaller, range(len(found.errors)), f"{len(smaller)} layers in fp32")
        if on_all.met:
            return smaller, on_all
        del removed[len(removed) // 2 :]
    return kept, found


def _worst(findings: Findings) -> list[int]:
    return sorted(np.argsort(-findings.errors, kind="stable")[:_WORST_ITEMS].tolist())


def _size(findings: Findings) -> float:
    return float(np.sqrt(np.mean(findings.errors**2)))
