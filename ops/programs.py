"""Other programs: found on the PATH of a given environment, run for their answer, or run on the operator's terminal."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ANSWER_SECONDS: Final = 20
NOT_STARTED: Final = 127


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program that was asked said; `status` is its exit status, 127 where it could not be started."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs programs in `directory`, with `environment` and nothing else of this process's. `python` is this one."""

    environment: Mapping[str, str]
    directory: Path
    python: str = sys.executable

    def find(self, name: str) -> str | None:
        """The program's path, if there is one."""
        return shutil.which(name, path=self.environment.get("PATH", ""))

    def ask(self, *command: str) -> Answer:
        """Run a program for its answer, on either stream; one that does not answer within 20 s is stopped."""
        try:
            done = subprocess.run(  # noqa: S603 - the command is this package's own
                [self.find(command[0]) or command[0], *command[1:]],
                cwd=self.directory,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=ANSWER_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Answer(NOT_STARTED, str(error))
        return Answer(done.returncode, done.stdout.strip())

    def run(self, *command: str, **variables: str) -> int:
        """Run a program on the operator's terminal; the exit status. `variables` join the environment."""
        sys.stdout.flush()
        try:
            done = subprocess.run(  # noqa: S603 - as above
                [self.find(command[0]) or command[0], *command[1:]],
                cwd=self.directory,
                env={**self.environment, **variables},
                check=False,
            )
        except OSError as error:
            sys.stderr.write(f"error: {command[0]} cannot be started ({error.strerror or error})\n")
            return NOT_STARTED
        return done.returncode
