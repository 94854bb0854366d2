"""An image is built from its allow-list: all of it, and nothing else."""

import shutil
from pathlib import Path

import pytest

from infra.app import ROOT
from infra.constructs.build_context import ignore_patterns
from tests.infra.synthesis import DECOYS, DEMO, PUBLISHED, Synthesis, Synthesize, put

# Files beside the code that no image holds, wherever they are.
LEFT_OUT_SUFFIXES = (".md", ".pyc")
LEFT_OUT_NAMES = ("gpu.py", "Dockerfile.gpu")


def allowed(root: Path, artifacts: str) -> set[str]:
    """What the semantic function is made of, told without the ignore patterns."""
    files = {"functions/__init__.py"}
    for folder in ("functions/common", "functions/semantic", "taxonomy", "pricing", artifacts):
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root).as_posix()
            hidden = any(part.startswith(".") or part in ("tests", "__pycache__") for part in name.split("/"))
            if (
                path.is_file()
                and not hidden
                and path.suffix not in LEFT_OUT_SUFFIXES
                and path.name not in LEFT_OUT_NAMES
            ):
                files.add(name)
    return files


def test_the_staged_context_is_the_allow_list(repository: Path, arm64: Synthesis) -> None:
    staged = arm64.staged
    assert staged == allowed(repository, DEMO)
    assert staged.isdisjoint(DECOYS)
    assert {
        "functions/semantic/Dockerfile",
        "functions/semantic/Dockerfile.dockerignore",
        "functions/semantic/requirements.txt",
        "pricing/regions/us-east-1.toml",
        f"{DEMO}/image.onnx.data",
    } <= staged
    assert not [path for path in staged if "torch" in path or "gpu" in path or path.startswith(("tests", ".", "infra"))]


def test_the_repository_has_nothing_that_the_cdk_adds_to_every_context() -> None:
    """The CDK reads a .dockerignore at the root before our list, and takes a Dockerfile there in after it."""
    assert not (ROOT / ".dockerignore").exists()
    assert not (ROOT / "Dockerfile").exists()


def test_only_the_artifacts_that_are_deployed_are_sent(repository: Path, synthesize: Synthesize) -> None:
    published = synthesize(repository, **{"semantic.artifacts": PUBLISHED, "allow_demo_artifacts": "false"})
    assert published.staged == allowed(repository, PUBLISHED)
    assert published.image[1]["dockerBuildArgs"] == {"ARTIFACTS": PUBLISHED}


def test_a_change_outside_the_allow_list_does_not_rebuild_the_image(
    repository: Path, arm64: Synthesis, synthesize: Synthesize, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    shutil.copytree(repository, root)
    for decoy in DECOYS:
        put(root, decoy, "changed")
    for new in ("new.py", "functions/new.py", "functions/aesthetic/scorer.py", "docs/a.md", f"{PUBLISHED}/new.onnx"):
        put(root, new, "new")
    assert synthesize(root).image == arm64.image


@pytest.mark.parametrize(
    "path",
    [
        "functions/semantic/requirements.txt",
        "functions/semantic/Dockerfile",
        "functions/common/new.py",
        "taxonomy/new.toml",
        "pricing/regions/us-east-1.toml",
        f"{DEMO}/image.onnx.data",
    ],
)
def test_a_change_inside_it_does(
    path: str, repository: Path, arm64: Synthesis, synthesize: Synthesize, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    shutil.copytree(repository, root)
    put(root, path, "# changed\n")
    assert synthesize(root).image[0] != arm64.image[0]


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
