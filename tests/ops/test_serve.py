"""Two programs run as one: their lines, their ends, and who stops them. The programs here are short ones."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from ops.serve import PORTS, Service, local_services, main, run

WAITS = "print('ready', flush=True); import time; time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS


class Screen(io.StringIO):
    """Keeps what is written, and acts on it."""

    def __init__(self, act: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self._act = act

    def write(self, text: str, /) -> int:
        size = super().write(text)
        self._act(self.getvalue())
        return size


def service(name: str, program: str, **environment: str) -> Service:
    return Service(name, (sys.executable, "-c", program), os.environ | environment)


def interrupt_when(text: str, times: int = 1, number: signal.Signals = signal.SIGINT) -> Screen:
    """A screen before which somebody sends a signal, once a text was shown so many times."""
    sent: list[int] = []

    def act(shown: str) -> None:
        if shown.count(text) >= times and not sent:
            sent.append(number)
            os.kill(os.getpid(), number)

    return Screen(act)


@pytest.fixture
def terminal() -> Iterator[None]:
    """However the tests were started, a terminal that goes away is heard of."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def lines(screen: io.StringIO) -> list[str]:
    return screen.getvalue().splitlines()


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_both(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    screen = interrupt_when("ready", 2, number)
    assert run([service("semantic", WAITS), service("aesthetic", WAITS)], screen) == 0
    assert sorted(lines(screen)) == ["aesthetic | ready", "semantic  | ready", "stopping semantic and aesthetic"]
    assert signal.getsignal(number) is before


def test_nohup_is_respected() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        hangs_up = "import os, signal; os.kill(os.getppid(), signal.SIGHUP); print('hung up', flush=True); " + WAITS
        screen = interrupt_when("ready")
        assert run([service("a", hangs_up)], screen) == 0
        assert lines(screen) == ["a | hung up", "a | ready", "stopping a"]
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise SystemExit(2)", "b ended with exit status 2, so a is stopped as well"),
        ("pass", "b ended with exit status 0, so a is stopped as well"),
        ("import os; os.kill(os.getpid(), 9)", "b was ended by SIGKILL, so a is stopped as well"),
    ],
)
def test_the_end_of_one_stops_the_other(program: str, told: str) -> None:
    screen = Screen()
    assert run([service("a", WAITS), service("b", program)], screen) == 1
    assert told in lines(screen)


def test_what_both_say_is_told_apart_line_by_line() -> None:
    speaks = "import os, sys; print(os.environ['WORD']); print('on stderr', file=sys.stderr); print('last', end='')"
    screen = Screen()
    run([service("one", speaks, WORD="first"), service("three", WAITS)], screen)
    said = [line for line in lines(screen) if line.startswith("one   | ")]
    assert sorted(said) == ["one   | first", "one   | last", "one   | on stderr"]


def test_who_asks_again_does_not_wait() -> None:
    screen = interrupt_when("ready")
    again = interrupt_when("stopping")

    def act(shown: str) -> None:
        for asked in (screen, again):
            asked.write(shown[len(asked.getvalue()) :])

    assert run([service("a", STUBBORN)], Screen(act)) == 0


def test_what_nobody_reads_is_stopped() -> None:
    class Closed(Screen):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError

    assert run([service("a", WAITS), service("b", WAITS)], Closed()) == 0


def test_nothing_is_left_running() -> None:
    screen = interrupt_when("pid")
    says_its_own = "import os; print('pid', os.getpid(), flush=True); import time; time.sleep(60)"
    run([service("a", says_its_own)], screen)
    pid = int(lines(screen)[0].split()[-1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_services_are_the_functions_each_on_its_port() -> None:
    assert [(one.name, one.command[-1], one.environment["PORT"]) for one in local_services(PORTS)] == [
        ("semantic", "functions.semantic", "8005"),
        ("aesthetic", "functions.aesthetic", "8006"),
    ]


def test_two_services_need_two_ports(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--semantic-port", "8006"])
    assert "each service needs a port of its own" in capsys.readouterr().err


def test_a_setting_that_is_wrong_stops_both() -> None:
    command = [sys.executable, "-m", "ops.serve", "--semantic-port", "1", "--aesthetic-port", "2"]
    wrong = os.environ | {"SEMANTIC_ARTIFACTS": "/nowhere", "AESTHETIC_ARTIFACTS": "/nowhere"}
    done = subprocess.run(command, env=wrong, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "is not a directory" in done.stdout
    assert "ended with exit status 2, so " in done.stdout
