"""What `/info` says of the precision a model runs in, and of the gate it passed to run in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.common import manifest as artifact
from functions.common.wire import Reply


class GateFigure(Reply):
    """A measured figure and its limit."""

    value: Annotated[int | float, Field(description="as measured")]
    limit: Annotated[int | float, Field(description="what it was held to")]


class GatedGraph(Reply):
    """How far a quantised graph is from its fp32 original."""

    graph: Annotated[str, Field(description="file name of the graph")]
    compared: Annotated[str, Field(description="how many of what")]
    figures: Annotated[dict[str, GateFigure], Field(description="by name, each with its limit")]
    notes: Annotated[dict[str, int | float], Field(description="measured as well, without a limit")]
    kept_fp32: Annotated[list[str], Field(description="layers that are computed in fp32 for the figures to be met")]
    kept_share: Annotated[float, Field(ge=0, le=1, description="of the bytes of all weights that can be quantised")]
    kept_weights: Annotated[
        Literal["int8", "fp32"] | None, Field(description="what their weights are stored in; null where there are none")
    ]


class PrecisionGate(Reply):
    """What the quantised model was held to when it was made, and how it did."""

    label: Annotated[str | None, Field(description="'shape only' where the weights are random, so the figures are too")]
    graphs: Annotated[list[GatedGraph], Field(description="one for each quantised graph")]


class Precision(Reply):
    """Precision, and where its figures come from."""

    precision: Annotated[str, Field(description="fp32, int8, or mixed: int8 but for the layers named in the gate")]
    target: Annotated[str, Field(description="the processors it was quantised for")]
    pictures: Annotated[int | None, Field(description="size of the picture set its figures and canaries are about")]
    pictures_digest: Annotated[str | None, Field(description="sha256 of the picture set; null where there is none")]
    canaries: Annotated[list[str], Field(description="pictures of that set whose scores a deploy compares")]
    gate: Annotated[PrecisionGate | None, Field(description="null for a model that is not quantised")]


def precision(manifest: artifact.Manifest, running: str | None = None) -> Precision:
    """The manifest's account of it, on the wire; `running`: what the arithmetic is done in, where that is another."""
    pictures, canaries = manifest.picture_set, manifest.canaries
    return Precision(
        precision=running or manifest.precision,
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
