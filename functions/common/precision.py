"""What `/info` says of the precision a model runs in, and of the gate it passed to run in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.common import manifest as artifact
from functions.common.wire import Reply


class GateFigure(Reply):
    """A measured figure and its limit."""

    value: Annotated[int | float, Field(description="as measured")]
    limit: Annotated[int | float, Field(description="the limit it was checked against")]


class GatedGraph(Reply):
    """How far a quantised graph is from its fp32 original."""

    graph: Annotated[str, Field(description="the graph's file name")]
    compared: Annotated[str, Field(description="what was compared, and how many")]
    figures: Annotated[dict[str, GateFigure], Field(description="measured figures by name, each with its limit")]
    notes: Annotated[dict[str, int | float], Field(description="further measurements, without limits")]
    kept_fp32: Annotated[list[str], Field(description="layers computed in fp32 to stay within the limits")]
    kept_share: Annotated[
        float, Field(ge=0, le=1, description="their share of the bytes of all weights that can be quantised")
    ]
    kept_weights: Annotated[
        Literal["int8", "fp32"] | None,
        Field(description="what their weights are stored in; null if there are no such layers"),
    ]


class PrecisionGate(Reply):
    """The checks a quantised model passed when it was exported."""

    label: Annotated[
        str | None,
        Field(description="'shape only' if the weights are random, which makes the figures meaningless; else null"),
    ]
    graphs: Annotated[list[GatedGraph], Field(description="one entry for each quantised graph")]


class Precision(Reply):
    """Precision, and where its figures come from."""

    precision: Annotated[
        str, Field(description="fp32, int8, or mixed: int8 except for the gate's kept_fp32; bf16 or fp16 on a GPU")
    ]
    target: Annotated[str, Field(description="the processors it was quantised for")]
    pictures: Annotated[
        int | None, Field(description="number of pictures behind its figures and canaries; null if there are none")
    ]
    pictures_digest: Annotated[str | None, Field(description="sha256 of the picture set; null if there is none")]
    canaries: Annotated[list[str], Field(description="pictures of that set whose scores are compared on every deploy")]
    gate: Annotated[
        PrecisionGate | None, Field(description="the checks passed; null for a model that is not quantised")
    ]


def precision(manifest: artifact.Manifest, running: str) -> Precision:
    """The manifest's account of it, on the wire; `running`: what the arithmetic is done in, which may be another."""
    pictures, canaries = manifest.picture_set, manifest.canaries
    return Precision(
        precision=running,
        target=manifest.target,
        pictures=pictures.count if pictures else None,
        pictures_digest=pictures.sha256 if pictures else None,
        canaries=[canary.picture for canary in canaries.pictures] if canaries else [],
        gate=_gate(manifest.gate) if manifest.gate else None,
    )


def _count_or_figure(value: float) -> int | float:
    """The manifest has counts among its figures, all of them as floats."""
    return int(value) if value.is_integer() else value


def _gate(gate: artifact.PrecisionGate) -> PrecisionGate:
    return PrecisionGate(
        label=gate.label,
        graphs=[
            GatedGraph(
                graph=name,
                compared=graph.compared,
                figures={
                    figure: GateFigure(value=_count_or_figure(found.value), limit=_count_or_figure(found.limit))
                    for figure, found in graph.figures.items()
                },
                notes={name: _count_or_figure(value) for name, value in graph.notes.items()},
                kept_fp32=list(graph.kept_fp32),
                kept_share=graph.kept_share,
                kept_weights=graph.kept_weights,
            )
            for name, graph in gate.graphs.items()
        ],
    )
