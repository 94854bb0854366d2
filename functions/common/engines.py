"""What runs the model, as a service reports it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import onnxruntime
from pydantic import Field

from functions.common.artifact import Artifact
from functions.common.manifest import Kind
from functions.common.precision import Precision
from functions.common.wire import Engine, Gpu, ModelReference, Reply

_CPU_INFO: Final = Path("/proc/cpuinfo")


class ServiceInfo(Reply):
    """What every service's /info says of itself."""

    service: Annotated[str, Field(description="semantic or aesthetic")]
    version: Annotated[str, Field(description="the service's version")]
    device: Annotated[str, Field(description="what the model runs on: cpu or cuda")]
    engine: Annotated[Engine, Field(description="what runs the model")]
    precision: Annotated[Precision, Field(description="the precision the model computes in, and how it was checked")]


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs a model where that is not ONNX Runtime on the processor."""

    engine: Engine
    precision: str
    """What its arithmetic is done in: chosen at start, not by the artifact."""
    gpu: Gpu


def engine(threads: int, runtime: Runtime | None = None) -> Engine:
    """The runtime's engine; without one ONNX Runtime, on the processor at hand."""
    if runtime is not None:
        return runtime.engine
    return Engine(name="onnxruntime", version=onnxruntime.__version__, threads=threads, processor=processor())


def model_reference(artifact: Artifact[Kind], runtime: Runtime | None) -> ModelReference:
    """The model as answers name it, in the precision it runs in."""
    model = artifact.manifest.model
    return ModelReference(
        id=model.id,
        revision=model.revision,
        precision=artifact.manifest.precision if runtime is None else runtime.precision,
        digest=artifact.digest,
        demo=model.demo,
    )


@cache
def processor() -> str:
    """The processor as Linux names it; Lambda promises no generation, so it is read, never assumed."""
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown"
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    named = {key.strip(): value.strip() for key, value in fields.items()}
    # x86 gives a model name; Arm gives implementer and part numbers.
    return named.get("model name") or f"{named.get('CPU implementer', 'unknown')} {named.get('CPU part', '')}".strip()
