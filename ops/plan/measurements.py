"""What was measured: seconds, memory and starts by model shape, from the committed results of the bench."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.errors import OpsError
from ops.files import ROOT
from ops.plan.workload import ROUTES

RESULTS: Final = ROOT / "bench" / "results"
_SIZES: Final = {"base": "B", "large": "L"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One model shape on the machine of the bench, at `threads` threads.

    `picture_seconds` is a picture through the whole service (median); `spread` what the slowest repeat took in its
    terms; `start_seconds` opening the model where its files are at hand: of a SigLIP of any size, the largest's.
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


def read_measurements(route: str = "detect", directory: Path = RESULTS) -> list[Measurement]:
    """Every shape of the model behind a route, in the newest results. Raises OpsError where there are none."""
    try:
        return _shapes(directory) if ROUTES[route].function == "semantic" else [_reward_model(directory, route)]
    except KeyError as error:
        raise OpsError(f"the bench's results lack {error}: measure again, make bench") from error
    except (TypeError, ValueError) as error:
        raise OpsError(f"the bench's results are of another form ({error}): measure again, make bench") from error


def _shapes(directory: Path) -> list[Measurement]:
    models, service = _newest(directory, "models"), _newest(directory, "semantic")
    whole = service["engines"]["service"]
    request_seconds = service["overhead"]["outside"]["median"]
    beside_mb = whole["peak_mb"] - service["engines"]["imajin"]["peak_mb"]
    return [
        Measurement(
            function="semantic",
            model=shape,
            title=_title(shape),
            accuracy=found["zero_shot_imagenet"],
            picture_seconds=found["seconds"]["median"] + request_seconds,
            spread=_spread(found["seconds"]),
            start_seconds=_start_seconds(whole),
            peak_mb=found["peak_mb"] + beside_mb,
            model_mb=found["encoder_mb"],
            threads=models["settings"]["threads"],
            processor=models["machine"]["processor"],
            date=models["date"],
        )
        for shape, found in models["models"].items()
    ]


def _title(shape: str) -> str:
    """A shape as SigLIP's paper writes it: base-patch16-256 is B/16 at 256."""
    size, patch, pixels = shape.split("-")
    return f"{_SIZES.get(size, size)}/{patch.removeprefix('patch')} at {pixels}"


def _reward_model(directory: Path, route: str) -> Measurement:
    """A picture is a candidate in `score-batch`, and has a request of its own in `score`."""
    found = _newest(directory, "aesthetic")
    whole = found["engines"]["service"]
    seconds = whole["candidate_seconds"] if route == "score-batch" else whole["seconds"]
    return Measurement(
        function="aesthetic",
        model=found["model"]["id"],
        title="ImageReward",
        accuracy=None,
        picture_seconds=seconds["median"],
        spread=_spread(seconds),
        start_seconds=_start_seconds(whole),
        peak_mb=whole["peak_mb"],
        model_mb=sum(found["model"]["files_mb"].values()),
        threads=found["settings"]["threads"],
        processor=found["machine"]["processor"],
        date=found["date"],
    )


def _start_seconds(whole: Any) -> float:
    warm: float = statistics.median(start["seconds"] for start in whole["warm_starts"])
    return max(0.0, warm - float(whole["seconds"]["median"]))


def _spread(seconds: Any) -> float:
    return float(max(seconds["all"]) / seconds["median"])


def _newest(directory: Path, name: str) -> Any:
    found = sorted(directory.glob(f"*-{name}.json"))
    if not found:
        raise OpsError(f"{directory} has no measured speed of {name}: make bench")
    return json.loads(found[-1].read_text(encoding="utf-8"))
