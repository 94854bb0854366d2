"""The emulation itself: it starts, reports, survives a crash and leaves nothing behind."""

import time
from pathlib import Path

import pytest

from emulation.architectures import Architecture
from emulation.errors import EmulationError
from emulation.execution_environment import ExecutionEnvironment
from emulation.runtime_emulator import fetch_runtime_emulator

pytestmark = pytest.mark.system

HANDLER = """
import os, time

def handle(event, context):
    if event.get("crash"):
        os._exit(3)
    time.sleep(event.get("sleep_seconds", 0))
    return {"pid": os.getpid(), "environment": dict(os.environ), "ms_left": context.get_remaining_time_in_millis()}
"""


def runs(pid: int) -> bool:
    """Whether there is such a process; what has ended may be listed until somebody asks how."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


@pytest.fixture
def task_root(tmp_path: Path) -> Path:
    (tmp_path / "small.py").write_text(HANDLER)
    return tmp_path


def test_it_reports_and_gives_the_handler_lambdas_environment_only(
    task_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_CALLER", "x")
    with ExecutionEnvironment(
        "small.handle", {"OWN": "y"}, task_root=task_root, memory_mb=512, timeout_seconds=7
    ) as running:
        first, second = running.invoke({}), running.invoke(b"{}")
    environment = first.payload["environment"]
    assert environment["OWN"] == "y"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert "OF_THE_CALLER" not in environment
    assert 0 < first.payload["ms_left"] <= 7000
    assert first.payload["pid"] == second.payload["pid"]
    assert first.report is not None
    assert second.report is not None
    assert first.report.init_duration_ms is not None
    assert second.report.init_duration_ms is None
    assert first.report.line.startswith(f"REPORT RequestId: {first.report.request_id}\t")
    assert first.report.memory_size_mb == 512


def test_a_crash_and_a_timeout_start_a_new_runtime(task_root: Path) -> None:
    # Time enough for the new runtime to start, which this timeout includes after a crash.
    with ExecutionEnvironment("small.handle", {}, task_root=task_root, timeout_seconds=5) as running:
        crashed = running.invoke({"crash": True})
        assert crashed.answer.status == 502
        assert crashed.report is None
        with pytest.raises(EmulationError, match=r"Runtime\.ExitError"):
            _ = crashed.payload
        before = running.invoke({}).payload["pid"]
        with pytest.raises(EmulationError, match=r"Task timed out after 5\.00 seconds"):
            _ = running.invoke({"sleep_seconds": 30}).payload
        assert running.invoke({}).payload["pid"] != before


def test_nothing_is_left_running(task_root: Path) -> None:
    with ExecutionEnvironment("small.handle", {}, task_root=task_root) as running:
        pid = running.invoke({}).payload["pid"]
        assert runs(pid)
    deadline = time.monotonic() + 30
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_handler_that_cannot_be_imported_is_said_plainly(task_root: Path) -> None:
    with (
        ExecutionEnvironment("absent.handle", {}, task_root=task_root) as running,
        pytest.raises(EmulationError, match="No module named 'absent'"),
    ):
        _ = running.invoke({}).payload


@pytest.mark.parametrize("architecture", list(Architecture))
def test_the_emulator_is_the_pinned_one(architecture: Architecture, tmp_path: Path) -> None:
    binary = fetch_runtime_emulator(architecture, tmp_path)
    binary.write_bytes(binary.read_bytes()[:-1])
    with pytest.raises(EmulationError, match="expected sha256"):
        fetch_runtime_emulator(architecture, tmp_path)
