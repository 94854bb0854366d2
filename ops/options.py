"""Types for a command's options; a wrong value is refused in one sentence that names the limits."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Refuses in one sentence on standard error, exit status 2; the usage is left to --help."""

    def error(self, message: str) -> NoReturn:
        """See the class."""
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


def number(least: float, most: float) -> Callable[[str], float]:
    """A number between these two, both allowed, as an argument's type."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least:,} to {most:,}, not {_short(text)}")
        return value

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number between these two, both allowed, as an argument's type."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least:,} to {most:,}, not {_short(text)}")
        return value

    return read


def model_shape(text: str) -> str:
    """A SigLIP 2 model's shape, which may be given with the family's name before it, as an argument's type.

    `base-patch16-256` of `google/siglip2-base-patch16-256`; any other name is left as it is.
    """
    return text.removeprefix("google/").removeprefix("siglip2-")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
