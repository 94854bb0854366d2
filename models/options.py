"""The parser of this package's command lines, and a type for their options."""

from __future__ import annotations

import argparse
import math
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence on standard error, exit status 2; the usage is left to --help."""

    def error(self, message: str) -> NoReturn:
        """See the class."""
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


def positive(text: str) -> float:
    """A finite number above 0, as an argument's type."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value
