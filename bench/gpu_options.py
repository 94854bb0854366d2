"""The options of `python -m bench gpu`, apart from what it runs: reading them takes no torch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ops.options import model_shape, whole

FUNCTIONS: Final = ("semantic", "aesthetic")
SIZES: Final = (1, 8, 32)


def add_arguments(parser: argparse.ArgumentParser, shapes: Sequence[str], default_shape: str) -> None:
    """The options of this bench beside those that every one has."""
    parser.add_argument("--functions", nargs="+", choices=FUNCTIONS, default=FUNCTIONS, metavar="FUNCTION")
    parser.add_argument(
        "--shape", type=model_shape, choices=shapes, default=default_shape, help="of random weights (%(default)s)"
    )
    parser.add_argument("--checkpoint", type=Path, metavar="DIR", help="SigLIP, in place of random weights")
    parser.add_argument("--reward-checkpoint", type=Path, metavar="DIR", help="ImageReward, in place of random weights")
    parser.add_argument("--precision", choices=("auto", "bf16", "fp16", "fp32"), default="auto")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=whole(1, 4096), nargs="+", default=SIZES, metavar="N", help="pictures at once")
