"""Command line: `python -m models.demo.semantic train --out DIR`."""

import argparse
import os
import sys
from pathlib import Path

# Threads that wait must sleep rather than spin: on a machine doing anything else, spinning is several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m models.demo.semantic", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="draw the pictures, train, choose the temperature, save")
    train.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    train.add_argument("--cache", type=Path, default=Path("build/demo-semantic"), help="folder of the drawn pictures")
    train.add_argument("--fast", action="store_true", help="a few steps on a few pictures: shows that it runs")
    arguments = parser.parse_args()

    from models.demo.semantic.program import FAST, run  # noqa: PLC0415 - after the environment is set
    from models.demo.semantic.training import Plan  # noqa: PLC0415

    run(FAST if arguments.fast else Plan(), arguments.out, arguments.cache)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
