"""`python -m ops prices refresh --region R`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pricing
from ops.aws import answered, connect
from ops.errors import OpsError
from ops.files import write_file
from ops.prices.records import API_REGION, PricingClient
from ops.prices.refresh import refresh, report
from ops.prices.table import render
from pricing.loader import INSTANCE_TYPE, REGION_NAME, REGIONS

if TYPE_CHECKING:
    from ops.cli import Commands


def add_command(commands: Commands) -> None:
    """Adds `prices`."""
    prices = commands.add_parser("prices", help="renew the price tables in pricing/regions")
    actions = prices.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("refresh", help="rewrite a region's table from AWS's price list (needs credentials)")
    action.add_argument("--region", required=True, metavar="NAME", help="whose prices")
    action.add_argument(
        "--instance-type", action="append", default=[], metavar="ml.X", help="an additional SageMaker instance type"
    )
    action.add_argument("--dry-run", action="store_true", help="show what would change, and write nothing")
    action.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    return run(options, answered(lambda: connect(API_REGION).clients("pricing")), REGIONS)


def run(options: argparse.Namespace, client: PricingClient, directory: Path) -> int:
    """The command, with the client to ask and the directory to write to."""
    if not REGION_NAME.fullmatch(options.region):
        raise OpsError(f"--region must be the name of a region, as in eu-west-1, not {options.region!r}")
    for name in options.instance_type:
        if not INSTANCE_TYPE.fullmatch(name):
            raise OpsError(f"--instance-type must be one of SageMaker's, as in ml.g6.xlarge, not {name!r}")
    path = directory / f"{options.region}.toml"
    before = pricing.parse(path.read_text(encoding="utf-8"), file=path.name) if path.is_file() else None
    refreshed = refresh(client, options.region, before, options.instance_type)
    sys.stdout.write(report(before, refreshed))
    if options.dry_run or refreshed.table == before:
        return 0
    write_file(path, render(refreshed.table))
    sys.stdout.write(f"wrote {path}\n")
    return 0
