"""Each function, once a session: under the emulator, as an image, and as a container under Lambda's limits."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulation.container import FunctionContainer
from emulation.execution_environment import ExecutionEnvironment
from emulation.function_image import build_function_image, default_artifacts, mounted_image
from emulation.runtime_emulator import REPOSITORY_ROOT
from tests.system.answers import HttpAnswer, http_answer
from tests.system.subjects import SUBJECTS, Subject


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Here a test that does not run is a failure: nothing else would say that the system was not tested."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; a system test runs or fails"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same of a whole module."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped; a system test runs or fails"
    return report


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A JPEG of the demo world."""
    return min((REPOSITORY_ROOT / "models" / "demo" / "examples").glob("*.jpg")).read_bytes()


@pytest.fixture(scope="session", params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> Subject:
    """The function at hand."""
    function: Subject = request.param
    return function


@pytest.fixture(scope="session")
def environment(subject: Subject) -> Iterator[ExecutionEnvironment]:
    """The handler under the emulator, in this Python, with the default artifacts."""
    with ExecutionEnvironment(subject.handler, {}) as running:
        yield running


@pytest.fixture(scope="session")
def reference(subject: Subject, environment: ExecutionEnvironment, picture: bytes) -> HttpAnswer:
    """The answer everything else is compared with."""
    answer = http_answer(environment.invoke(subject.event("rest_json", picture)))
    assert answer.status == 200
    assert answer.scores, "a picture of the demo world shows something"
    return answer


@pytest.fixture(scope="session")
def image(subject: Subject) -> str:
    """The image for this machine, built over the local base."""
    return build_function_image(subject.name, default_artifacts(subject.name))


@pytest.fixture(scope="session")
def image_root(image: str) -> Iterator[Path]:
    """The image's file system."""
    with mounted_image(image) as root:
        yield root


@pytest.fixture(scope="session")
def container(image: str) -> Iterator[FunctionContainer]:
    """The image under the limits of a 3,008 MB function."""
    with FunctionContainer(image, memory_mb=3008) as running:
        yield running


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Events and functions by their names."""
    return val.name if isinstance(val, Subject) else getattr(val, "event", None)
