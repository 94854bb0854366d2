"""The image: what is in it, what is not, and that it answers under Lambda's limits as the same code does here."""

import re
from pathlib import Path

import pytest

from emulation.container import FunctionContainer
from emulation.function_image import image_size_bytes, task_sizes_bytes
from emulation.runtime_emulator import REPOSITORY_ROOT
from tests.system.answers import HttpAnswer, http_answer
from tests.system.subjects import Subject

pytestmark = pytest.mark.system

# Distributions a function may bring, without their versions; a new one is a decision, not an accident.
DISTRIBUTIONS = {
    "annotated-doc",
    "annotated-types",
    "anyio",
    "aws-lambda-powertools",
    "boto3",
    "botocore",
    "fastapi",
    "flatbuffers",
    "idna",
    "jmespath",
    "mangum",
    "numpy",
    "onnxruntime",
    "opentelemetry-api",
    "packaging",
    "pillow",
    "protobuf",
    "pydantic",
    "pydantic-core",
    "python-dateutil",
    "s3transfer",
    "six",
    "starlette",
    "tokenizers",
    "typing-extensions",
    "typing-inspection",
    "urllib3",
}
UNWANTED_NAMES = {".git", ".dockerignore", "conftest.py", "tests", "torch", "transformers"}
# What only a GPU container runs.
UNWANTED_IN_FUNCTIONS = ("gpu*", "requirements*.txt")
SIZE_LIMIT_BYTES = 350_000_000


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_its_code_is_the_repositorys(subject: Subject, image_root: Path) -> None:
    task_root = image_root / "var/task"
    for package in subject.packages:
        shipped = {name for name in files(task_root / package) if not name.endswith(".pyc")}
        assert shipped, package
        for name in shipped:
            assert (task_root / package / name).read_bytes() == (REPOSITORY_ROOT / package / name).read_bytes()
    functions = {path.name for path in (task_root / "functions").iterdir()}
    assert functions == {"__init__.py", "__pycache__", "common", subject.name}
    own = {path.suffix for package in subject.packages for path in (task_root / package).rglob("*") if path.is_file()}
    assert own == {".html", ".py", ".pyc", ".toml"}


def test_its_packages_are_the_listed_ones(image_root: Path) -> None:
    found = {path.name.partition("-")[0].replace("_", "-") for path in (image_root / "var/task").glob("*.dist-info")}
    assert found == DISTRIBUTIONS


def test_nothing_unwanted_is_in_it(image_root: Path) -> None:
    task_root = image_root / "var/task"
    found = [path for path in task_root.rglob("*") if path.name in UNWANTED_NAMES]
    assert found + [path for name in UNWANTED_IN_FUNCTIONS for path in (task_root / "functions").rglob(name)] == []


def test_all_its_modules_are_compiled_for_its_python_and_readable_by_anyone(image_root: Path) -> None:
    task_root = image_root / "var/task"
    for module in task_root.rglob("*.py"):
        compiled = module.parent / "__pycache__" / f"{module.stem}.cpython-313.pyc"
        # Bit 0 of the flags: validated by hash; bit 1 clear: never checked against the source.
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0", module
    unreadable = [path for path in task_root.rglob("*") if not path.is_symlink() and not path.stat().st_mode & 0o004]
    assert unreadable == []


def test_it_is_small(image: str, image_root: Path) -> None:
    assert image_size_bytes(image) - task_sizes_bytes(image_root)["artifacts"] <= SIZE_LIMIT_BYTES


@pytest.mark.parametrize("event", ["rest_json", "rest_image", "http_json"])
def test_it_answers_as_the_same_code_does_here(
    event: str, subject: Subject, container: FunctionContainer, picture: bytes, reference: HttpAnswer
) -> None:
    answer = http_answer(container.invoke(subject.event(event, picture)))
    assert answer.status == 200
    assert answer.scores == reference.scores
    assert answer.body["model"] == reference.body["model"]
    assert answer.body["cost"]["memory_mb"] == 3008


def test_it_survives_what_it_cannot_serve(
    subject: Subject, container: FunctionContainer, picture: bytes, reference: HttpAnswer
) -> None:
    assert container.invoke(subject.event("sqs_message", picture)).payload["handled"] is False
    assert http_answer(container.invoke(subject.event("rest_host_with_two_colons", picture))).status == 400
    assert (
        http_answer(container.invoke(subject.event("rest_json", b"<!DOCTYPE html><title>No picture</title>"))).status
        == 415
    )
    assert http_answer(container.invoke(subject.event("rest_json", picture))).scores == reference.scores


def test_it_runs_as_lambda_runs_it(subject: Subject, container: FunctionContainer, picture: bytes) -> None:
    """Nothing but /tmp can be written, no privilege is held, and the limits are there."""
    script = 'for path in /tmp /var/task "$HOME" / /run /etc; do touch "$path/probe" 2>/dev/null && echo "$path"; done'
    assert container.execute("sh", "-c", script).stdout == "/tmp\n"  # noqa: S108
    status = container.execute("cat", "/proc/self/status").stdout
    assert re.search(r"^Uid:\t993\t", status, re.MULTILINE)
    assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    limits = container.execute("cat", "/proc/self/limits").stdout
    assert re.search(r"^Max open files +1024 +1024 ", limits, re.MULTILINE)
    assert http_answer(container.invoke(subject.event("rest_json", picture))).status == 200
    assert container.cpus() == pytest.approx(3008 / 1769, abs=0.01)
    assert 0 < container.memory().peak_bytes < 3008 * 1024**2


def test_the_memory_limit_is_kept(image: str) -> None:
    with FunctionContainer(image, memory_mb=256) as small:
        allocation = small.execute("python3", "-c", "b'x' * 2**30")
        assert allocation.returncode == 137
        assert 200 * 1024**2 < small.memory().peak_bytes <= 256 * 1024**2
