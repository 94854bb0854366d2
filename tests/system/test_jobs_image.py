"""The jobs image: no model in it and nothing that only models need, and it answers under Lambda's limits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulation.container import FunctionContainer
from emulation.function_image import build_function_image, image_size_bytes, mounted_image
from emulation.gateway_events import rest_event
from tests.system.answers import http_answer

pytestmark = pytest.mark.system

MEMORY_MB = 1024
ENVIRONMENT = {"JOBS_BUCKET": "imajin-jobs", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def image() -> str:
    return build_function_image("jobs", None)


@pytest.fixture(scope="module")
def task(image: str) -> Iterator[Path]:
    with mounted_image(image) as root:
        yield root / "var" / "task"


@pytest.fixture(scope="module")
def container(image: str) -> Iterator[FunctionContainer]:
    with FunctionContainer(image, ENVIRONMENT, memory_mb=MEMORY_MB) as running:
        yield running


def test_what_is_in_it(image: str, task: Path) -> None:
    assert {path.name for path in (task / "functions").iterdir() if path.is_dir()} == {"common", "jobs", "__pycache__"}
    assert not [name for name in ("numpy", "PIL", "onnxruntime", "torch", "tokenizers") if (task / name).exists()]
    described = {path.name for path in (task / "botocore" / "data").iterdir() if path.is_dir()}
    assert described == {"s3", "sagemaker-runtime", "sts"}
    assert not (task / "functions" / "common" / "gpu").exists()
    assert image_size_bytes(image) < 250e6


def test_a_form_is_signed_under_lambdas_limits(container: FunctionContainer) -> None:
    """Read-only, as another user; signing asks nobody."""
    answer = http_answer(container.invoke(rest_event("POST", "/uploads", {"content_type": "image/png"})))
    assert answer.status == 200, answer.body
    assert answer.body["s3"]["bucket"] == "imajin-jobs"
    assert answer.body["cost"]["memory_mb"] == MEMORY_MB


def test_a_job_without_a_gpu_is_refused_there(container: FunctionContainer) -> None:
    job = {"function": "semantic", "route": "/detect", "request": {}}
    answer = http_answer(container.invoke(rest_event("POST", "/jobs", job)))
    assert (answer.status, answer.body["code"]) == (409, "gpu_not_deployed")
