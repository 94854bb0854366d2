"""Checks of the models to be deployed: intact, for this taxonomy, and demo models only if asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import taxonomy
from functions.common.artifact_check import MANIFEST_NAME, DamagedArtifact, check_artifact
from infra.artifacts import check_artifacts, check_gpu_artifacts, gpu_artifacts
from infra.config_reader import ConfigError
from ops.doctor.findings import Finding, blocked, ok, warning
from ops.stage import Stage

Engine: TypeAlias = Literal["onnxruntime", "torch"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Artifacts that a stage is deployed with: of the function itself, or of its GPU container (`torch`)."""

    function: str
    engine: Engine
    directory: str


def wanted_models(stage: Stage) -> Iterator[Wanted]:
    """All of them."""
    for function, chosen in stage.functions.items():
        yield Wanted(function, "onnxruntime", chosen.artifacts)
        if chosen.gpu.enabled:
            yield Wanted(function, "torch", gpu_artifacts(function))


def missing_models(stage: Stage) -> list[Wanted]:
    """Those that are not there."""
    return [model for model in wanted_models(stage) if not (stage.root / model.directory / MANIFEST_NAME).exists()]


def check_models(stage: Stage) -> Iterator[Finding]:
    """One finding for each."""
    missing = missing_models(stage)
    for model in wanted_models(stage):
        yield _missing(stage, model) if model in missing else _present(stage, model)


def _check(model: Wanted) -> str:
    return f"GPU model of {model.function}" if model.engine == "torch" else f"Model of {model.function}"


def _missing(stage: Stage, model: Wanted) -> Finding:
    """A demo model is made; a published one is exported by a deploy, which needs its hub."""
    if stage.config.allow_demo_artifacts:
        return blocked(_check(model), f"{model.directory} holds no model", _make_demo(model))
    return warning(
        _check(model),
        f"{model.directory} holds no model yet",
        f"{_export(model)} (make deploy-cdk does it), or deploy the demo models: make deploy-cdk DEMO=1",
    )


def _present(stage: Stage, model: Wanted) -> Finding:
    check, directory = _check(model), stage.root / model.directory
    try:
        size = check_artifact(directory)
    except DamagedArtifact as error:
        return blocked(check, str(error), f"remove {model.directory} and {_export(model)}")
    config = stage.config
    try:
        if model.engine == "torch":
            check_gpu_artifacts(stage.root, model.function, allow_demo=config.allow_demo_artifacts)
        else:
            check_artifacts(
                stage.root,
                model.function,
                model.directory,
                architecture=config.architecture,
                allow_demo=config.allow_demo_artifacts,
            )
    except ConfigError as error:
        return blocked(check, str(error), f"{_export(model)}, or DEMO=1 for the demo models")
    manifest = json.loads((directory / MANIFEST_NAME).read_text(encoding="utf-8"))
    if model.function == "semantic" and (stale := _stale(model, manifest)):
        return stale
    found = manifest["model"]
    name = " ".join(str(part) for part in (found.get("id"), found.get("revision")) if part)
    demo = ", a demo model" if found["demo"] else ""
    return ok(check, f"{name}{demo}; {model.directory}, intact, {size / 1e6:,.1f} MB")


def _stale(model: Wanted, manifest: dict[str, Any]) -> Finding | None:
    """What a service would find when it starts: the prompts in the artifact are those of another taxonomy."""
    try:
        words = taxonomy.load()
    except taxonomy.TaxonomyError as error:
        return blocked(
            _check(model), "; ".join(error.problems), "correct the files in taxonomy/ (see taxonomy/README.md)"
        )
    exported = str(manifest.get("taxonomy_digest"))
    if exported == words.digest:
        return None
    detail = f"{model.directory} was exported for taxonomy {exported[:12]}, and taxonomy/ is now {words.digest[:12]}"
    return blocked(_check(model), f"{detail}: the service would not start", _export_again(model, manifest))


def _export_again(model: Wanted, manifest: dict[str, Any]) -> str:
    """The same checkpoint once more."""
    name = str(manifest["model"].get("id"))
    if manifest["model"]["demo"]:
        checkpoint = f"models/demo/{model.function}/checkpoint"
    else:
        # What was not fetched from the hub was a folder, which the manifest does not tell.
        checkpoint = name if "/" in name else "DIR"
    how = "--engine torch" if model.engine == "torch" else f"--target {manifest['target']}"
    return f"python -m models export {model.function} --checkpoint {checkpoint} {how} --out {model.directory}"


def _export(model: Wanted) -> str:
    return "python -m models all --engine torch" if model.engine == "torch" else "make models"


def _make_demo(model: Wanted) -> str:
    if model.engine == "torch":
        checkpoint = f"models/demo/{model.function}/checkpoint"
        return (
            f"python -m models export {model.function} --engine torch --checkpoint {checkpoint} --out {model.directory}"
        )
    return "make demo" if model.function == "semantic" else f"make demo-{model.function}"
