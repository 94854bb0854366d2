"""`python -m ops deploy`, `diff`, `destroy`, `canaries` and `bootstrap`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from ops.aws import CHOOSE_REGION, Aws, answered, connect
from ops.deploy import cdk
from ops.deploy.deployment import check_canaries, deploy
from ops.deploy.removal import check_region, destroy
from ops.doctor.command import add_region_option, add_stage_options, terminal_has_colour
from ops.errors import OpsError
from ops.files import ROOT
from ops.programs import Programs
from ops.stage import read_stage

if TYPE_CHECKING:
    from ops.cli import Commands


def add_commands(commands: Commands) -> None:
    """Add the parsers."""
    for name, run, told in (
        ("deploy", run_deploy, "check, export missing models, deploy, and check the live answers with canary pictures"),
        ("diff", run_diff, "show what a deploy would change"),
        ("destroy", run_destroy, "delete a stage"),
        ("canaries", run_canaries, "check the live answers with canary pictures"),
    ):
        parser = commands.add_parser(name, help=told)
        add_stage_options(parser)
        if name in ("deploy", "destroy"):
            parser.add_argument("--yes", action="store_true", help="do not ask for confirmation, as in a pipeline")
        parser.set_defaults(run=run)
    bootstrap = commands.add_parser("bootstrap", help="prepare an account and region for the CDK, once")
    add_region_option(bootstrap)
    bootstrap.set_defaults(run=run_bootstrap)


def run_deploy(options: argparse.Namespace) -> int:
    """Exit status 0 once the live aliases answer as they should."""
    stage = read_stage(ROOT, options.stage, demo=options.demo)
    deploy(stage, _programs(), connect(options.region), _say, ask=not options.yes, colour=terminal_has_colour())
    return 0


def run_diff(options: argparse.Namespace) -> int:
    """The CDK's own exit status."""
    stage = read_stage(ROOT, options.stage, demo=options.demo)
    return cdk.diff(stage, _programs(), check_region(connect(options.region)))


def run_destroy(options: argparse.Namespace) -> int:
    """The CDK's own exit status. What was deployed is found by its name, so no model has to be here for it."""
    stage = read_stage(ROOT, options.stage, demo=True, gpu=False)
    return destroy(stage, _programs(), connect(options.region), ask=not options.yes)


def run_canaries(options: argparse.Namespace) -> int:
    """Exit status 0 where every live alias answers as it should."""
    check_canaries(read_stage(ROOT, options.stage, demo=options.demo), _aws(options.region), _say)
    return 0


def run_bootstrap(options: argparse.Namespace) -> int:
    """The CDK's own exit status."""
    aws = _aws(options.region)
    account = answered(lambda: aws.clients("sts").get_caller_identity())["Account"]
    return cdk.bootstrap(_programs(), account, str(aws.region))


def _aws(region: str | None) -> Aws:
    aws = connect(region)
    if aws.region is None:
        raise OpsError(f"no region is chosen: {CHOOSE_REGION}")
    return aws


def _programs() -> Programs:
    return Programs(os.environ, ROOT)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
