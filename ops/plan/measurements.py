"""What was measured: seconds, memory and starts by model shape, from the committed results of the bench."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.published import PUBLISHED
from ops.errors import OpsError

RESULTS: Final = Path(__file__).resolve().parent.parent.parent / "bench" / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One model shape on the machine of the bench, at `threads` threads.

    `picture_seconds` is a picture through the whole service (median); `spread` what the slowest repeat took in its
    terms; `start_seconds` opening a model of any of these shapes where its files are at hand: the largest's.
    """

    function: str
    model: str
    title: str
    accuracy: float | None  # zero-shot ImageNet top-1 in %, as published
    picture_seconds: float
    spread: float
    start_seconds: float
    peak_mb: float
    model_mb: float
    threads: int
    processor: str
    date: str


def read_measurements(directory: Path = RESULTS) -> list[Measurement]:
    """Every shape of the semantic service in the newest results. Raises OpsError where there are none."""
    models, service = _newest(directory, "models"), _newest(directory, "semantic")
    try:
        whole = service["engines"]["service"]
        request_seconds = service["overhead"]["outside"]["median"]
        beside_mb = whole["peak_mb"] - service["engines"]["imajin"]["peak_mb"]
        warm = statistics.median(start["seconds"] for start in whole["warm_starts"])
        return [
            Measurement(
                function="semantic",
                model=shape.shape,
                title=shape.title,
                accuracy=shape.zero_shot_imagenet,
                picture_seconds=found["seconds"]["median"] + request_seconds,
                spread=max(found["seconds"]["all"]) / found["seconds"]["median"],
                start_seconds=max(0.0, warm - whole["seconds"]["median"]),
                peak_mb=found["peak_mb"] + beside_mb,
                model_mb=found["encoder_mb"],
                threads=models["settings"]["threads"],
                processor=models["machine"]["processor"],
                date=models["date"],
            )
            for shape in PUBLISHED
            if (found := models["models"].get(shape.shape)) is not None
        ]
    except (KeyError, TypeError) as error:
        raise OpsError(f"the bench's results lack {error}: measure again, make bench") from error


def _newest(directory: Path, name: str) -> Any:
    found = sorted(directory.glob(f"*-{name}.json"))
    if not found:
        raise OpsError(f"{directory} has no measured speed of {name}: make bench")
    return json.loads(found[-1].read_text(encoding="utf-8"))
