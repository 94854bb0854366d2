"""A test that does not run: told to whoever starts the tests by hand, a failure where .ci/run does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED = {
    "by itself": "import pytest\n\ndef test() -> None:\n    pytest.skip('not today')\n",
    "by a mark": "import pytest\n\n@pytest.mark.skipif(True, reason='not here')\ndef test() -> None: ...\n",
    "with its module": "import pytest\n\npytest.importorskip('no_such_module')\n",
}


def status(test: Path, **environment: str) -> int:
    """The exit status of a run under this project's rules, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", str(test)]
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, env=inherited | environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize("how", SKIPPED)
def test_in_ci_a_skip_is_a_failure(how: str, tmp_path: Path) -> None:
    (tmp_path / "test_skipped.py").write_text(SKIPPED[how] + "\ndef test_something() -> None: ...\n")
    assert status(tmp_path, CI="1") in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)


def test_by_hand_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "test_skipped.py").write_text(SKIPPED["by itself"] + "\ndef test_something() -> None: ...\n")
    assert status(tmp_path) == pytest.ExitCode.OK


def test_what_runs_everything_says_that_it_is_ci() -> None:
    """The system tests have the rule wherever they run."""
    phases = re.findall(r'^phase "(.*?)" (.*)$', Path(".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(phases) == {
        "make test": "env CI=1 make test",
        "system packages": "install_packages",
        "make test-system": "make test-system",
    }
