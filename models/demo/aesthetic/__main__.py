"""`python -m models.demo.aesthetic train --out DIR`, and `report` on the committed checkpoint."""

import os
import sys
from pathlib import Path

from models.options import Parser

# Waiting threads must sleep, not spin: on a machine with other work, spinning makes training several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """Parse and run."""
    parser = Parser(prog="python -m models.demo.aesthetic", description="Train and measure the demo aesthetic model.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="draw the pictures, train, set the scale, and save the checkpoint")
    train.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    train.add_argument("--cache", type=Path, default=Path("build/demo-aesthetic"), help="folder of the drawn pictures")
    train.add_argument("--fast", action="store_true", help="smoke test: a few steps on a few pictures")
    report = commands.add_parser("report", help="judge the held-out pictures, and write models/demo/AESTHETIC.md")
    report.add_argument("--artifact", type=Path, help="judge with this exported artifact, not the checkpoint")
    arguments = parser.parse_args()

    # After the environment is set.
    if arguments.command == "train":
        from models.demo.aesthetic.plan import Plan  # noqa: PLC0415
        from models.demo.aesthetic.program import FAST, run  # noqa: PLC0415

        run(FAST if arguments.fast else Plan(), arguments.out, arguments.cache)
    else:
        from models.demo.aesthetic.report import CHECKPOINT, FOLDER, PAIRS, write_report  # noqa: PLC0415

        write_report(CHECKPOINT, FOLDER, artifact=arguments.artifact, pairs=PAIRS)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
