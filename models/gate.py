"""The precision gate: a quantised graph is written only where its answers stay within tolerances of the fp32 graph's.

What is asked, and what a difference means, is a `Comparison`; how a graph is quantised, compared, and helped by layers
that stay in fp32 is the same for every one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from functions.common.artifact import open_session
from functions.common.manifest import GraphGate, KeptWeights, PrecisionGate
from models import progress
from models.errors import GateError
from models.layer_search import Findings, search_layers
from models.mixed_precision import QuantizedGraph
from models.quantize import Target, quantize_encoder

Quantization = Literal["auto", "int8"]
"""`auto` keeps layers in fp32 where a tolerance is missed, `int8` none."""
Precision = Quantization | Literal["fp32"]
"""What is asked of an export. What comes of it, in the manifest, is one of OUTCOMES."""
OUTCOMES: Final[Mapping[Precision, Collection[str]]] = {"auto": ("int8", "mixed"), "int8": ("int8",), "fp32": ("fp32",)}
SHAPE_ONLY: Final = "shape only (random weights)"
LARGEST_SHARE: Final = 0.5
"""Of the weights' bytes whose layers may be computed in fp32. A graph that needs more is not one to quantise."""
_ATTEMPTS: Final[tuple[tuple[KeptWeights, float], ...]] = (("int8", 0.1), ("fp32", 1.0))
"""What the weights of layers in fp32 are stored in, and the largest share for which that is tried.

Rounded weights are a quarter to read, but it takes more layers then, and fp32 takes three times as long to compute.
"""
_DECIMALS: Final = 6

Item = TypeVar("Item")


class Comparison(Protocol):
    """What a graph is asked, and how far its answers may be from those of the fp32 graph."""

    unit: str
    """Of an item: `picture`."""

    def __len__(self) -> int:
        """Items that are asked about."""

    def answer(self, session: onnxruntime.InferenceSession, item: int, /) -> NDArray[np.float32]:
        """The graph's answer to one item: (numbers,), as many for every item."""

    def judge(
        self,
        reference: NDArray[np.float32],  # (items, numbers), of the fp32 graph
        answers: NDArray[np.float32],  # (items, numbers)
        items: Sequence[int],
        /,
    ) -> Findings:
        """What the answers to these items are worth."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a graph passed, and what both graphs answered to every item: (items, numbers)."""

    record: GraphGate
    reference: NDArray[np.float32]
    answers: NDArray[np.float32]


def pass_gate(
    fp32: Path,
    destination: Path,
    comparison: Comparison,
    *,
    target: Target,
    quantization: Quantization = "auto",
    shown: bool = False,
) -> Verdict:
    """Quantise the graph at `fp32` and write it to `destination`, with the layers in fp32 that it takes.

    The folder of `fp32` is used for drafts. Raises GateError, with nothing written, where a tolerance is missed and
    `quantization` is `int8`, or more than half of the weights' bytes would have to stay fp32.
    """
    reference = _answers(fp32, comparison, range(len(comparison)), f"gate {fp32.name}: fp32", shown=shown)
    int8 = fp32.with_name(f"int8-{fp32.name}")
    quantize_encoder(fp32, int8, target)
    graph = QuantizedGraph(fp32, int8)
    measuring = partial(_Measuring, graph, comparison, reference, f"gate {fp32.name}", shown=shown)
    measure = measuring()
    kept: frozenset[str] = frozenset()
    findings = measure(kept, range(len(comparison)), "int8")
    if not findings.met:
        if quantization == "int8":
            raise GateError(
                f"{fp32.name} in int8 is too far from fp32: {describe_figures(findings)}; "
                "--precision auto keeps its most sensitive layers in fp32"
            )
        in_int8 = findings
        for weights, largest in _ATTEMPTS:
            measure = measuring(weights=weights)
            kept, findings = search_layers(graph.layers, measure, in_int8, largest=largest, shown=shown)
            if findings.met:
                break
        if graph.share(kept) > LARGEST_SHARE:
            raise GateError(
                f"{fp32.name} in int8 is too far from fp32: {describe_figures(in_int8)}, and {len(kept)} of "
                f"{len(graph.layers)} layers would have to stay in fp32, {graph.share(kept):.0%} of the weights, where "
                f"at most {LARGEST_SHARE:.0%} may; --precision fp32 keeps all of them in fp32"
            )
    graph.write(kept, destination, measure.weights)
    record = GraphGate(
        compared=f"{len(comparison)} {comparison.unit}s",
        figures={
            name: figure.model_copy(update={"value": round(figure.value, _DECIMALS)})
            for name, figure in findings.figures.items()
        },
        notes={name: round(value, _DECIMALS) for name, value in findings.notes.items()},
        kept_fp32=tuple(layer.name for layer in graph.layers if layer.name in kept),
        kept_share=round(graph.share(kept), _DECIMALS),
        kept_weights=measure.weights if kept else None,
    )
    return Verdict(record, reference, measure.of_all(kept))


def precision_found(gates: Mapping[str, GraphGate | None], *, random: bool) -> dict[str, Any]:
    """The manifest's keys about the precision that came out, of graphs by file name; None for one left in fp32."""
    quantized = {name: gate for name, gate in gates.items() if gate is not None}
    if not quantized:
        return {"precision": "fp32", "gate": None}
    return {
        "precision": "mixed" if any(gate.kept_fp32 for gate in quantized.values()) else "int8",
        "gate": PrecisionGate(label=SHAPE_ONLY if random else None, graphs=quantized),
    }


class _Measuring:
    """Compares mixtures of one graph; what they answer to every item is kept for whoever asks again."""

    def __init__(
        self,
        graph: QuantizedGraph,
        comparison: Comparison,
        reference: NDArray[np.float32],
        name: str,
        *,
        weights: KeptWeights = "fp32",
        shown: bool,
    ) -> None:
        self.weights = weights
        """What the weights of layers that are computed in fp32 are stored in."""
        self._graph = graph
        self._comparison = comparison
        self._reference = reference
        self._name = name
        self._shown = shown
        self._of_all: dict[frozenset[str], NDArray[np.float32]] = {}

    def __call__(self, kept: frozenset[str], items: Sequence[int], label: str | None = None) -> Findings:
        """See Measure."""
        shown = self._shown and label is not None
        variant = self._graph.variant(kept, self.weights)
        label = f"{self._name}: {label}" + (f", weights in {self.weights}" if kept else "")
        answers = _answers(variant, self._comparison, items, label, shown=shown)
        if not np.isfinite(answers).all():
            raise GateError(f"{self._name}: in int8 it answers NaN or infinity; --precision fp32 does not quantise")
        if len(items) == len(self._comparison):
            self._of_all[kept] = answers
        return self._comparison.judge(self._reference[list(items)], answers, items)

    def of_all(self, kept: frozenset[str]) -> NDArray[np.float32]:
        """The answers (items, numbers) of a mixture that was measured on every item."""
        return self._of_all[kept]


def _answers(
    graph: Path, comparison: Comparison, items: Sequence[int], label: str, *, shown: bool
) -> NDArray[np.float32]:
    session = open_session(graph, len(os.sched_getaffinity(0)))
    return answer_all(partial(comparison.answer, session), items, comparison.unit, label, shown=shown)


def answer_all(
    answer: Callable[[Item], NDArray[np.float32]], items: Sequence[Item], unit: str, label: str, *, shown: bool
) -> NDArray[np.float32]:
    """What `answer` gives for each item: (items, numbers). Progress is shown under `label`."""
    return np.stack([answer(item) for item in progress.each(label, items, unit, shown=shown)])


def describe_figures(findings: Findings) -> str:
    """The figures that miss their limits, in words."""
    return ", ".join(
        f"{name.replace('_', ' ')} {figure.value:.3g} (at most {figure.limit:g})"
        for name, figure in findings.figures.items()
        if figure.value > figure.limit
    )
