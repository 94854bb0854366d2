"""`python -m models.demo.semantic train --out DIR`."""

import os
import sys
from pathlib import Path

from models.options import Parser

# Waiting threads must sleep, not spin: on a machine with other work, spinning makes training several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """Parse and run."""
    parser = Parser(prog="python -m models.demo.semantic", description="Train the demo semantic model from scratch.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="draw the pictures, train, choose the temperature, save the checkpoint")
    train.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    train.add_argument("--cache", type=Path, default=Path("build/demo-semantic"), help="folder of the drawn pictures")
    train.add_argument("--fast", action="store_true", help="smoke test: a few steps on a few pictures")
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
