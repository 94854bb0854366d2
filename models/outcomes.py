"""The result of a command of `python -m models`, and the summary that exports of both functions share."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.common.manifest import GraphGate, Manifest


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result as plain values, and the same for a reader."""

    result: dict[str, Any]
    summary: str
    status: int = 0
    """The exit status."""


def export_outcome(
    out: Path,
    manifest: Manifest,
    digest: str,
    started: float,
    *,
    parity: dict[str, Any] | None,
    parity_lines: Sequence[str],
) -> Outcome:
    """Of an export to `out` that began at `started` (time.monotonic); without `parity` the artifact was there already.

    `parity_lines` are the parity's figures for a reader.
    """
    seconds = time.monotonic() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    megabytes = sum(file.bytes for file in manifest.files.values()) / 1e6
    result = {
        "out": str(out),
        "status": "written" if parity else "unchanged",
        "digest": digest,
        "manifest": manifest.model_dump(mode="json"),
        "parity": parity,
        "seconds": round(seconds, 1),
        "peak_memory_mb": round(peak_mb),
    }
    lines = [
        f"{out}: {'written' if parity else 'already there and intact'}",
        f"  {manifest.model.id} {manifest.model.revision or ''}".rstrip(),
        f"  {manifest.precision} for {manifest.target}, {megabytes:.1f} MB, digest {digest[:12]}",
        *parity_lines,
    ]
    if manifest.gate:
        lines += [line for name, gate in manifest.gate.graphs.items() for line in _describe_gate(name, gate)]
        if manifest.gate.label:
            lines.append(f"  figures: {manifest.gate.label}")
    lines.append(f"  {seconds:.0f} s, at most {peak_mb:.0f} MB of memory")
    return Outcome(result, "\n".join(lines))


def _describe_gate(name: str, gate: GraphGate) -> list[str]:
    figures = ", ".join(
        f"{figure_name.replace('_', ' ')} {figure.value:.2g} (limit {figure.limit:g})"
        for figure_name, figure in gate.figures.items()
    )
    lines = [f"  gate of {name} on {gate.compared}: {figures}"]
    if gate.kept_fp32:
        lines.append(
            f"    {gate.kept_share:.1%} of the weights are used in fp32 and stored in {gate.kept_weights}: "
            + ", ".join(gate.kept_fp32)
        )
    return lines
