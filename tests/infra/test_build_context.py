"""An image is built from its allow-list: all of it, and nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr_assets as ecr_assets

from infra.app import ROOT
from infra.artifacts import gpu_artifacts
from infra.constructs.build_context import ignore_patterns
from infra.constructs.container_image import inference_image
from tests.infra.synthesis import DECOYS, FUNCTIONS, OWN_DECOYS, Synthesis, demo, published, put

# Files beside the code that no image holds, wherever they are.
LEFT_OUT_SUFFIXES = (".md", ".pyc")
LEFT_OUT_NAMES = ("Dockerfile.gpu", "Dockerfile.gpu.dockerignore", "requirements-gpu.txt")
# The taxonomy is the semantic function's alone.
PACKAGES = {
    "semantic": ("functions/common", "functions/semantic", "taxonomy", "pricing"),
    "aesthetic": ("functions/common", "functions/aesthetic", "pricing"),
}

Hashes: TypeAlias = Callable[[Path], dict[str, str]]


def allowed(root: Path, function: str, artifacts: str) -> set[str]:
    """What a function is made of, told without the ignore patterns."""
    files = {"functions/__init__.py"}
    for folder in (*PACKAGES[function], artifacts):
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root).as_posix()
            hidden = any(part.startswith((".", "gpu")) or part in ("tests", "__pycache__") for part in name.split("/"))
            left_out = path.suffix in LEFT_OUT_SUFFIXES or path.name in LEFT_OUT_NAMES
            if path.is_file() and not hidden and not left_out:
                files.add(name)
    return files


def staged(synthesis: Synthesis, function: str, dockerfile: str = "Dockerfile") -> set[str]:
    """The files of the build context of a function's image."""
    _, source = synthesis.images[f"functions/{function}/{dockerfile}"]
    context = synthesis.directory / source["directory"]
    return {path.relative_to(context).as_posix() for path in context.rglob("*") if not path.is_dir()}


@pytest.fixture(scope="session")
def image_hashes() -> Hashes:
    """The asset hash of each function's image, by which the CDK tells whether to build it anew."""

    def hashes(root: Path) -> dict[str, str]:
        stack = cdk.Stack()
        found = {}
        for name in FUNCTIONS:
            options: dict[str, Any] = inference_image(root, name, artifacts=demo(name), architecture="arm64")
            found[name] = ecr_assets.DockerImageAsset(stack, name, directory=str(root), **options).asset_hash
        return found

    return hashes


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    shutil.copytree(repository, root)
    return root


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_staged_context_is_the_allow_list(function: str, repository: Path, dev: Synthesis) -> None:
    files = staged(dev, function)
    assert files == allowed(repository, function, demo(function))
    assert files.isdisjoint(DECOYS)
    assert files.isdisjoint(decoy.format(name) for decoy in OWN_DECOYS for name in FUNCTIONS)
    assert {
        f"functions/{function}/Dockerfile",
        f"functions/{function}/Dockerfile.dockerignore",
        f"functions/{function}/requirements.txt",
        "pricing/regions/us-east-1.toml",
        f"{demo(function)}/image.onnx.data",
    } <= files
    assert not [path for path in files if "torch" in path or "gpu" in path or path.startswith(("tests", ".", "infra"))]


def test_the_repository_has_nothing_that_the_cdk_adds_to_every_context() -> None:
    """The CDK reads a .dockerignore at the root before our list, and takes a Dockerfile there in after it."""
    assert not (ROOT / ".dockerignore").exists()
    assert not (ROOT / "Dockerfile").exists()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_the_artifacts_that_are_deployed_are_sent(function: str, repository: Path, prod: Synthesis) -> None:
    assert staged(prod, function) == allowed(repository, function, published(function))
    _, source = prod.images[f"functions/{function}/Dockerfile"]
    assert source["dockerBuildArgs"] == {"ARTIFACTS": published(function)}


def test_a_change_outside_the_allow_lists_rebuilds_neither_image(
    repository: Path, copy: Path, image_hashes: Hashes, dev: Synthesis
) -> None:
    for decoy in DECOYS:
        put(copy, decoy, "changed")
    for new in ("new.py", "functions/new.py", "functions/jobs/new.py", "infra/new.py", "docs/a.md"):
        put(copy, new, "new")
    for name in FUNCTIONS:
        put(copy, f"{published(name)}/new.onnx", "new")
        for decoy in OWN_DECOYS:
            put(copy, decoy.format(name), "changed")
    assert image_hashes(copy) == image_hashes(repository)
    deployed = {name: dev.images[f"functions/{name}/Dockerfile"][0] for name in FUNCTIONS}
    assert image_hashes(copy) == deployed, "these are the hashes that the stack deploys by"


@pytest.mark.parametrize(
    ("path", "rebuilt"),
    [
        ("functions/semantic/requirements.txt", ["semantic"]),
        ("functions/semantic/Dockerfile", ["semantic"]),
        ("functions/semantic/new.py", ["semantic"]),
        ("taxonomy/new.toml", ["semantic"]),
        (f"{demo('semantic')}/image.onnx.data", ["semantic"]),
        ("functions/aesthetic/requirements.txt", ["aesthetic"]),
        ("functions/aesthetic/Dockerfile", ["aesthetic"]),
        ("functions/aesthetic/new.py", ["aesthetic"]),
        (f"{demo('aesthetic')}/image.onnx.data", ["aesthetic"]),
        ("functions/common/new.py", ["semantic", "aesthetic"]),
        ("pricing/regions/us-east-1.toml", ["semantic", "aesthetic"]),
    ],
)
def test_a_change_rebuilds_the_images_it_is_in(
    path: str, rebuilt: list[str], repository: Path, copy: Path, image_hashes: Hashes
) -> None:
    put(copy, path, "# changed\n")
    before, after = image_hashes(repository), image_hashes(copy)
    assert [name for name in FUNCTIONS if before[name] != after[name]] == rebuilt


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_gpu_image_has_its_own_list(function: str, prod: Synthesis) -> None:
    files = staged(prod, function, "Dockerfile.gpu")
    _, source = prod.images[f"functions/{function}/Dockerfile.gpu"]
    assert source["platform"] == "linux/amd64"
    assert source["dockerBuildArgs"] == {"ARTIFACTS": gpu_artifacts(function)}
    assert {
        f"functions/{function}/requirements-gpu.txt",
        f"functions/{function}/gpu/__init__.py",
        "functions/common/gpu/__init__.py",
        "functions/common/gpu/asynchronous.py",
        f"{gpu_artifacts(function)}/manifest.json",
    } <= files
    assert not [path for path in files if path.startswith((published(function) + "/", "models", "tests", ".", "infra"))]
    other = FUNCTIONS[1 - FUNCTIONS.index(function)]
    assert not [path for path in files if path.startswith(f"functions/{other}/")]


def test_an_ignore_file_that_is_no_allow_list_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "functions/semantic/Dockerfile.dockerignore", "# everything but the tests\ntests\n")
    with pytest.raises(ValueError, match=r"^functions/semantic/Dockerfile\.dockerignore must begin with \*"):
        ignore_patterns(tmp_path, "semantic")


def test_comments_and_blank_lines_are_no_patterns(tmp_path: Path) -> None:
    put(tmp_path, "functions/semantic/Dockerfile.dockerignore", "# a\n*\n\n!pricing/**  \n**/*.md\n")
    assert ignore_patterns(tmp_path, "semantic", leave_out=("artifacts/semantic",)) == [
        "*",
        "!pricing/**",
        "**/*.md",
        "artifacts/semantic",
        "!functions/semantic/Dockerfile",
        "!functions/semantic/Dockerfile.dockerignore",
    ]
