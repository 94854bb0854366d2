"""The steps that exports for a GPU container share: towers stored in fp32, and put through the gate in bf16.

Weights stay fp32, whatever the checkpoint's; an engine rounds them to what its GPU computes in. So that can be bf16,
the gate that quantised graphs pass is passed by the towers in bf16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from functions.common.gpu.device import Device
from functions.common.manifest import Canaries, GraphGate, Manifest, PrecisionGate
from models import artifact
from models.errors import GateError, ModelsError
from models.gate import SHAPE_ONLY, answer_all, describe_figures
from models.layer_search import Findings
from models.torch_files import BF16, FP32

PRECISIONS: Final = ("fp32",)
"""What a torch artifact is stored in."""

Item = TypeVar("Item")
Described = TypeVar("Described", bound=Manifest)


class Judge(Protocol):
    """What answers (items, numbers) are worth beside those in fp32."""

    def __call__(
        self, reference: NDArray[np.float32], answers: NDArray[np.float32], items: Sequence[int], /
    ) -> Findings:
        """`items` are the places of all."""


@dataclass(slots=True)
class Draft:
    """A torch artifact on its way into `directory`, and what its manifest will say that only making it tells."""

    directory: Path
    gates: dict[str, GraphGate] = field(default_factory=dict)
    """By the file name of the tower whose answers were judged."""
    canaries: Canaries | None = None


def check_options(target: str, precision: str) -> None:
    """Raises ModelsError for options that mean something for graphs alone."""
    if (target, precision) != ("portable", "auto"):
        raise ModelsError("--engine torch takes neither --target nor --precision: what it writes is for any GPU")


def for_torch(manifest: Described) -> Described:
    """A manifest that describes the graphs, of the same model's torch artifact."""
    return manifest.model_copy(update={"engine": "torch"})


@contextmanager
def writing(out: Path, manifest: Manifest, *, random: bool) -> Iterator[Draft]:
    """The artifact that takes the place of `out` when the block ends well; `random`: its weights are.

    Raises ModelsError.
    """
    with artifact.replacing(out) as directory:
        draft = Draft(directory)
        yield draft
        found_out: dict[str, Any] = {
            "gate": PrecisionGate(label=SHAPE_ONLY if random else None, graphs=draft.gates),
            "canaries": draft.canaries,
            "files": artifact.describe_files(directory),
        }
        artifact.write_manifest(directory, manifest.model_copy(update=found_out))


def pass_gate(
    name: str,
    engine: Callable[[Device], Callable[[Item], NDArray[np.float32]]],
    items: Sequence[Item],
    judge: Judge,
    *,
    unit: str,
    compared: str,
    shown: bool = False,
) -> tuple[GraphGate, NDArray[np.float32]]:
    """The gate's record, and the answers (items, numbers) in fp32.

    `engine` opens what answers (numbers,) to an item, as it is on a device; only one is open at a time. `unit` is an
    item's: `picture`; `compared` says in words what is judged: `64 pictures`. Raises GateError where a tolerance is
    missed.
    """
    reference, half = (_answers(name, engine, device, items, unit, shown=shown) for device in (FP32, BF16))
    findings = judge(reference, half, range(len(items)))
    if not findings.met:
        raise GateError(f"{name} in bf16 is too far from fp32: {describe_figures(findings)}")
    record = GraphGate(
        compared=f"{compared} in bf16, on a processor",
        figures=findings.figures,
        notes=findings.notes,
        kept_fp32=(),
        kept_share=0.0,
    )
    return record, reference


def _answers(
    name: str,
    engine: Callable[[Device], Callable[[Item], NDArray[np.float32]]],
    device: Device,
    items: Sequence[Item],
    unit: str,
    *,
    shown: bool,
) -> NDArray[np.float32]:
    answer = engine(device)
    try:
        return answer_all(answer, items, unit, f"gate: {device.precision}", shown=shown)
    except FloatingPointError as error:
        raise GateError(f"{name} in {device.precision} answers NaN or infinity") from error
