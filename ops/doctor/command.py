"""`python -m ops doctor`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from ops.aws import connect
from ops.doctor.examination import examine
from ops.files import ROOT
from ops.programs import Programs
from ops.stage import read_stage

if TYPE_CHECKING:
    from ops.cli import Commands


def add_command(commands: Commands) -> None:
    """Add the parser."""
    doctor = commands.add_parser("doctor", help="check that this machine and account are ready for a deploy")
    add_stage_options(doctor)
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.set_defaults(run=run)


def add_stage_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command about a stage takes."""
    parser.add_argument("--stage", metavar="NAME", help="dev or prod (default: the one cdk.json names)")
    add_region_option(parser)
    parser.add_argument("--demo", action="store_true", help="with the committed demo models")


def add_region_option(parser: argparse.ArgumentParser) -> None:
    """Add where to do it."""
    parser.add_argument("--region", metavar="NAME", help="default: AWS_REGION, else the profile's")


def run(options: argparse.Namespace) -> int:
    """Exit status 1 where something stops a deploy."""
    stage = read_stage(ROOT, options.stage, demo=options.demo)
    report = examine(stage, Programs(os.environ, ROOT), connect(options.region))
    if options.json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    else:
        sys.stdout.write(report.page(colour=terminal_has_colour()) + "\n")
    return 1 if report.blocked else 0


def terminal_has_colour() -> bool:
    """Whether somebody reads along, and wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
