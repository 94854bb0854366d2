"""An emulated account for the session, and a deployment for each test."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from emulation.aws_services import AwsServices
from tests.functions.jobs.stage import Stage, client

_NUMBERS = count()


@pytest.fixture(scope="session")
def services() -> Iterator[AwsServices]:
    with AwsServices(SERVICES="s3") as running:
        yield running


@pytest.fixture(scope="session")
def s3(services: AwsServices) -> Any:
    return client(services)


@pytest.fixture
def deploy(s3: Any) -> Callable[..., Stage]:
    """A deployment, with settings of its own."""
    return lambda **environment: Stage(s3, f"imajin-jobs-{next(_NUMBERS)}", **environment)


@pytest.fixture
def stage(deploy: Callable[..., Stage]) -> Stage:
    return deploy()


@pytest.fixture(scope="session")
def everything(s3: Any) -> Stage:
    """One deployment for many requests, with both GPUs."""
    return Stage(s3, "imajin-jobs-fuzz", JOBS_AESTHETIC_ENDPOINT="Imajin-dev-aesthetic")
