"""`python -m ops cost-report`: what a stage cost, from its logs in CloudWatch or from saved ones."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ops.aws import CHOOSE_REGION, Aws, connect
from ops.cost_report import document, terminal
from ops.cost_report.cloudwatch import read_stack
from ops.cost_report.kept import Kept, parse_kept, period_seconds
from ops.cost_report.report import make_report
from ops.cost_report.sources import Source, read_files
from ops.deploy.outputs import stack_name
from ops.errors import OpsError
from ops.files import write_file

if TYPE_CHECKING:
    from ops.cli import Commands


def add_command(commands: Commands) -> None:
    """Adds `cost-report`."""
    parser = commands.add_parser("cost-report", help="compare receipts with what Lambda billed")
    parser.add_argument(
        "--since", metavar="PERIOD", help="how far back to read CloudWatch's logs, as in 90m, 24h (the default) or 7d"
    )
    parser.add_argument("--stage", default="dev", help="whose logs: dev or prod (default: dev)")
    parser.add_argument("--region", metavar="NAME", help="default: AWS_REGION, else the profile's")
    parser.add_argument(
        "--logs", nargs="+", type=Path, metavar="FILE", help="read these saved logs in whole instead of asking AWS"
    )
    parser.add_argument(
        "--kept",
        action="append",
        default=[],
        metavar="FUNCTION=NxPERIOD",
        help="with --logs: environments that were kept ready, as in semantic=2x24h",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write a page with charts")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    return run(options, lambda: connect(options.region))


def run(options: argparse.Namespace, connected: Callable[[], Aws]) -> int:
    """The command; `connected` is asked for an account only where there are no saved logs."""
    sources, kept = _saved(options) if options.logs else _deployed(options, connected)
    report = make_report(sources, kept)
    if options.json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    else:
        sys.stdout.write(terminal.render(report))
    if options.html:
        write_file(options.html, document.render(report))
    return 0


def _saved(options: argparse.Namespace) -> tuple[list[Source], list[Kept]]:
    if options.since is not None:
        raise OpsError("--since is for CloudWatch's logs; saved ones are read whole")
    return read_files(options.logs), [parse_kept(text) for text in options.kept]


def _deployed(options: argparse.Namespace, connected: Callable[[], Aws]) -> tuple[list[Source], list[Kept]]:
    if options.kept:
        raise OpsError("--kept is for saved logs; a deployed stage is asked what it keeps ready")
    since = "24h" if options.since is None else options.since
    seconds = period_seconds(since)
    aws = connected()
    if aws.region is None:
        raise OpsError(f"no region is chosen: {CHOOSE_REGION}")
    until = int(time.time())
    stack = stack_name(options.stage)
    sources, kept = read_stack(aws.clients, stack, region=aws.region, since=until - seconds, until=until)
    # What is kept ready costs without a call, too.
    if not kept and not any(source.records.receipts or source.records.reports for source in sources):
        raise OpsError(f"{stack} has logged no call in the last {since}")
    return sources, kept
