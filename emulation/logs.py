"""An emulator's output, in an unnamed temporary file, and the part of it that belongs to one invocation."""

from __future__ import annotations

import http.client
import os
import tempfile
import time
from typing import Final

from emulation.invocations import Answer, Invocation
from emulation.reports import parse_report

_REPORT_SECONDS: Final = 10


class EmulatorLog:
    """Standard output and error of one emulator, in the order written."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed by close()

    def fileno(self) -> int:
        """The descriptor to write to."""
        return self._file.fileno()

    def size(self) -> int:
        """Bytes so far."""
        return os.fstat(self.fileno()).st_size

    def text(self, start: int = 0) -> str:
        """What was written from byte `start` on."""
        return os.pread(self.fileno(), self.size() - start, start).decode(errors="replace")

    def invocation(self, answer: Answer, start: int) -> Invocation:
        """The answer with the lines since byte `start`; the report may arrive just after the answer."""
        deadline = time.monotonic() + _REPORT_SECONDS
        while (report := parse_report(self.text(start))) is None and answer.status == http.client.OK:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        return Invocation(answer, self.text(start), report)

    def close(self) -> None:
        """Deletes the log."""
        self._file.close()
