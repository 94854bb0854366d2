"""torch comes as a pinned CPU build, from wherever there is one, or not at all. pip is a stand-in here."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import torch

from ops.install_torch import INDEX, VERSION, cuda_version, main, requirement

ASKED = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Pip:
    """What is run in place of pip, and of the question which CUDA torch is for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.statuses: Iterator[int] = iter([0])
        self.cuda = ""

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if command[1] == "-c":
            return subprocess.CompletedProcess(command, 0, stdout=f"{self.cuda}\n")
        self.asked.append(command)
        return subprocess.CompletedProcess(command, next(self.statuses))


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    """With PyTorch's index in reach."""
    made = Pip()
    monkeypatch.setattr(subprocess, "run", made.run)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: socket.socket())
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def out_of_reach(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - which has it in reach
    """PyTorch's index is."""

    def refuse(*_: object, **__: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", refuse)


def test_pytorchs_own_cpu_index_comes_first(pip: Pip, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert pip.asked == [[*ASKED, "--index-url", INDEX, requirement()]]
    assert INDEX.endswith("/cpu")
    assert capsys.readouterr().out == ""


def test_then_what_the_installer_already_finds(pip: Pip) -> None:
    pip.statuses = iter([1, 0])
    assert main() == 0
    assert pip.asked == [[*ASKED, "--index-url", INDEX, requirement()], [*ASKED, requirement()]]


@pytest.mark.usefixtures("out_of_reach")
def test_an_index_out_of_reach_is_not_asked(pip: Pip) -> None:
    assert main() == 0
    assert pip.asked == [[*ASKED, requirement()]]


@pytest.mark.usefixtures("out_of_reach")
def test_but_for_a_proxy_that_pip_goes_through(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert main() == 0
    assert pip.asked == [[*ASKED, "--index-url", INDEX, requirement()]]


def test_where_there_is_none_one_sentence_says_so(pip: Pip, capsys: pytest.CaptureFixture[str]) -> None:
    pip.statuses = iter([1, 1])
    assert main() == 1
    assert capsys.readouterr().out == (
        f"{requirement()} cannot be installed: "
        "download.pytorch.org does not offer it and pip finds no CPU wheel elsewhere.\n"
    )


@pytest.mark.usefixtures("out_of_reach")
def test_also_that_the_index_does_not_answer(pip: Pip, capsys: pytest.CaptureFixture[str]) -> None:
    pip.statuses = iter([1])
    assert main() == 1
    assert capsys.readouterr().out == (
        f"{requirement()} cannot be installed: "
        "download.pytorch.org does not answer and pip finds no CPU wheel elsewhere.\n"
    )


def test_a_build_for_cuda_is_refused(pip: Pip, capsys: pytest.CaptureFixture[str]) -> None:
    pip.cuda = "13.0"
    assert main() == 1
    assert capsys.readouterr().out == "torch was installed for CUDA 13.0; a CPU build is needed.\n"


@pytest.mark.parametrize(("platform", "build"), [("linux", "+cpu"), ("darwin", "")])
def test_only_a_cpu_build_can_meet_the_requirement(platform: str, build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert requirement() == f"torch=={VERSION}{build}"


def test_the_torch_at_hand_is_the_pinned_one_without_cuda() -> None:
    assert torch.version.cuda is None
    assert cuda_version() is None
    assert version("torch").partition("+")[0] == VERSION
