"""Checks of what is deployed: each function's artifacts, intact, and real or asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator

from functions.common.artifact_check import MANIFEST_NAME, DamagedArtifact, check_artifact
from infra.artifacts import check_artifacts
from infra.config import ConfigError
from ops.doctor.findings import Finding, blocked, ok, warning
from ops.stage import Stage


def check_models(stage: Stage) -> Iterator[Finding]:
    """One finding for each function's artifacts."""
    for function, chosen in stage.functions.items():
        yield _artifacts(stage, function, chosen.artifacts)


def missing_models(stage: Stage) -> list[str]:
    """Functions whose artifacts are not there."""
    return [
        function
        for function, chosen in stage.functions.items()
        if not (stage.root / chosen.artifacts / MANIFEST_NAME).exists()
    ]


def _artifacts(stage: Stage, function: str, directory: str) -> Finding:
    check = f"Model of {function}"
    manifest = stage.root / directory / MANIFEST_NAME
    if function in missing_models(stage) and stage.config.allow_demo_artifacts:
        return blocked(
            check, f"{directory} holds no model", f"make {'demo' if function == 'semantic' else f'demo-{function}'}"
        )
    if function in missing_models(stage):
        return warning(
            check,
            f"{directory} holds no model yet",
            "make models (make deploy-cdk does it), or deploy the demo models: make deploy-cdk DEMO=1",
        )
    try:
        size = check_artifact(stage.root / directory)
    except DamagedArtifact as error:
        return blocked(check, str(error), f"remove {directory} and make models")
    try:
        check_artifacts(
            stage.root,
            function,
            directory,
            architecture=stage.config.architecture,
            allow_demo=stage.config.allow_demo_artifacts,
        )
    except ConfigError as error:
        fix = "make models, or DEMO=1 for the demo models"
        return blocked(check, str(error), fix)
    model = json.loads(manifest.read_text(encoding="utf-8"))["model"]
    name = " ".join(str(part) for part in (model.get("id"), model.get("revision")) if part)
    return ok(check, f"{name}{', a demo model' if model['demo'] else ''}; {directory}, intact, {size / 1e6:,.1f} MB")
