"""The command line of `python -m ops`. Each command's own module adds its options and says what runs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import pricing
from ops.cost_report.command import add_command as add_cost_report
from ops.deploy.command import add_commands as add_deploy
from ops.doctor.command import add_command as add_doctor
from ops.errors import OpsError
from ops.options import Parser
from ops.plan.command import add_command as add_plan
from ops.plan.readme_table import add_command as add_readme_table
from ops.plan.verify_command import add_command as add_plan_verify
from ops.prices.command import add_command as add_prices

if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

COMMANDS: Final[tuple[Callable[[Commands], None], ...]] = (
    add_doctor,
    add_deploy,
    add_prices,
    add_cost_report,
    add_plan,
    add_plan_verify,
    add_readme_table,
)
"""Each adds one parser, whose `run` takes the options and returns the exit status."""
REFUSED: Final = 2
INTERRUPTED: Final = 130
"""As a shell has it: 128 and SIGINT."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status.

    0 is done with a good result, 1 done with a bad one (no setting serves the workload, something blocks a deploy), 2
    refused: the reason is one sentence on standard error. `diff`, `destroy` and `bootstrap` end with the CDK's own
    status once it is asked.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (OpsError, pricing.PriceTableError) as error:
        sys.stderr.write(f"error: {error}\n")
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    description = "Plan, deploy and operate the services of this repository."
    parser: argparse.ArgumentParser = Parser(prog="python -m ops", description=description)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add_command in COMMANDS:
        add_command(commands)
    return parser
