"""What is asked of this machine, with programs that answer as the real ones do."""

from pathlib import Path

import pytest

from ops.doctor.findings import Finding
from ops.doctor.machine import _disk, check_machine
from tests.ops.repositories import programs, put_repository


def found(root: Path, check: str, **scripts: str) -> Finding:
    (finding,) = [finding for finding in check_machine(programs(root, **scripts)) if finding.check == check]
    return finding


def test_a_machine_that_has_it_all(tmp_path: Path) -> None:
    findings = list(check_machine(programs(put_repository(tmp_path))))
    assert [(finding.check, finding.status) for finding in findings[:3]] == [
        ("Docker", "ok"),
        ("Node", "ok"),
        ("CDK", "ok"),
    ]
    assert findings[0].detail == "docker 29.0.1"


def test_docker_is_missing_or_asleep(tmp_path: Path) -> None:
    missing = found(put_repository(tmp_path), "Docker", docker="")
    assert missing.status == "blocked"
    assert missing.detail == "docker is not on the PATH; it builds the images"
    asleep = found(put_repository(tmp_path), "Docker", docker="echo Cannot connect to the Docker daemon; exit 1")
    assert (asleep.status, asleep.fix) == ("blocked", "start Docker")


def test_what_stands_in_for_docker_is_asked_instead(tmp_path: Path) -> None:
    machine = programs(put_repository(tmp_path), docker="", finch="echo 1.2")
    (finding, *_) = check_machine(type(machine)({**machine.environment, "CDK_DOCKER": "finch"}, tmp_path))
    assert (finding.status, finding.detail) == ("ok", "finch 1.2")


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        ("", "node is not on the PATH; the CDK runs on it"),
        ("echo v18.19.0", "node says 'v18.19.0'; 20 or newer is needed"),
        ("exit 1", "node says ''; 20 or newer is needed"),
    ],
)
def test_node_is_missing_or_old(tmp_path: Path, script: str, detail: str) -> None:
    finding = found(put_repository(tmp_path), "Node", node=script)
    assert (finding.status, finding.detail) == ("blocked", detail)
    assert finding.fix is not None
    assert "make doctor" in finding.fix


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        ("", "cdk is not on the PATH"),
        # What an unpinned install resolves to.
        ("echo '3.0.0 (build 0000000)'", "cdk says '3.0.0 (build 0000000)'; 2.1148.1 is locked"),
    ],
)
def test_the_command_line_has_to_be_the_locked_one(tmp_path: Path, script: str, detail: str) -> None:
    finding = found(put_repository(tmp_path), "CDK", cdk=script)
    assert (finding.status, finding.detail) == ("blocked", detail)


@pytest.mark.parametrize(("gigabytes", "status"), [(2, "blocked"), (5, "warning"), (50, "ok")])
def test_room_for_images(gigabytes: int, status: str) -> None:
    assert _disk(gigabytes * 10**9).status == status
