"""`python -m ops plan`: the cheapest setting for a workload, and what it rests on."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pricing
from infra.config import DEV_MEMORY_MB, STAGES
from ops.errors import OpsError
from ops.files import ROOT, write_file
from ops.options import model_shape, number, whole
from ops.plan import charts, document, terminal
from ops.plan.assumptions import MEMORIES_MB, Assumptions
from ops.plan.endpoint import plan_endpoint
from ops.plan.measurements import Measurement, read_measurements
from ops.plan.search import Bounds, make_plan
from ops.plan.sensitivity import vary
from ops.plan.stage_setting import write_setting
from ops.plan.wording import INSTANCE, PlanReport
from ops.plan.workload import ROUTES, Workload

if TYPE_CHECKING:
    from ops.cli import Commands


def add_command(commands: Commands) -> None:
    """Adds `plan`."""
    parser = commands.add_parser("plan", help="the cheapest setting for a volume, and what it costs per month")
    add_workload_options(parser)
    parser.add_argument(
        "--gpu-images-per-second",
        type=number(0.001, 1_000_000),
        metavar="N",
        help="what one GPU instance manages, to compare SageMaker (not measured here)",
    )
    parser.add_argument(
        "--gpu-instance", default=INSTANCE, metavar="ml.X", help=f"that instance's type (default: {INSTANCE})"
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write a page with charts")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="also write the chart of cost by volume")
    parser.add_argument("--write", choices=STAGES, help="write the setting of this stage into cdk.json")
    parser.set_defaults(run=run)


def add_workload_options(parser: argparse.ArgumentParser, **defaults: float) -> None:
    """Options for the workload, required where there is no default, and for assumptions that may be changed."""
    assumed = Assumptions()
    for name, lowest, highest, meaning in (
        ("images_per_day", 1, 1_000_000_000, "images on an average day"),
        ("peak_per_second", 0.0001, 100_000, "images in the busiest second"),
        ("p95_seconds", 0.001, 900, "the longest that 95 of 100 requests may take"),
    ):
        default = defaults.get(name)
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=number(lowest, highest),
            required=default is None,
            default=default,
            metavar="N",
            help=meaning if default is None else f"{meaning} (default: {default:g})",
        )
    parser.add_argument(
        "--route",
        type=lambda text: text.removeprefix("/"),
        choices=ROUTES,
        default="detect",
        metavar="ROUTE",
        help=f"{', '.join(ROUTES)} (default: %(default)s)",
    )
    parser.add_argument(
        "--images-per-request",
        type=whole(1, 50),
        default=1,
        metavar="N",
        help="pictures in a batch (default: %(default)d)",
    )
    parser.add_argument(
        "--model", type=model_shape, metavar="NAME", help="as in siglip2-base-patch16-256 (default: any of the route's)"
    )
    parser.add_argument(
        "--accuracy",
        type=number(0, 100),
        default=0.0,
        metavar="PERCENT",
        help="least published zero-shot ImageNet accuracy",
    )
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), help="default: whichever is cheaper")
    parser.add_argument("--region", default="us-east-1", help="whose prices (default: us-east-1)")
    for name, factor in assumed.time_factors.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}-factor",
            type=number(0.01, 100),
            default=factor,
            metavar="N",
            help=f"how many times as long a core takes as one of the bench's machine (default: {factor:g})",
        )
    parser.add_argument(
        "--parallel-share",
        type=number(0, 1),
        default=assumed.parallel_share,
        metavar="SHARE",
        help="of a picture's work, the part that cores share (default: %(default)g)",
    )
    parser.add_argument(
        "--concurrency-limit",
        type=whole(1, 1_000_000),
        default=assumed.concurrency_limit,
        metavar="N",
        help="concurrent executions that the account may have in the region (default: %(default)d)",
    )


def run(options: argparse.Namespace, root: Path = ROOT) -> int:
    """Exit status 0 if a setting serves the workload."""
    report = make_report(options)
    if options.json:
        sys.stdout.write(json.dumps(document.as_json(report), indent=2) + "\n")
    else:
        sys.stdout.write(terminal.render(report))
    if options.html:
        write_file(options.html, document.render(report))
    if options.svg:
        write_file(options.svg, charts.cost_by_volume(report))
    if not report.plan.feasible:
        return 1
    if options.write:
        function = ROUTES[options.route].function
        write_setting(root / "cdk.json", options.write, function, report.plan.chosen)
        sys.stderr.write(
            f"wrote {function} of stage {options.write} into cdk.json (git diff cdk.json shows what changed)\n"
        )
    return 0


def make_report(options: argparse.Namespace) -> PlanReport:
    """The plan that these options ask for. Raises OpsError."""
    table = pricing.load(options.region)
    if table is None:
        known = ", ".join(pricing.regions())
        raise OpsError(
            f"there is no price table for {options.region!r}, only for {known}: python -m ops prices refresh makes one"
        )
    workload = Workload(
        images_per_day=options.images_per_day,
        peak_per_second=options.peak_per_second,
        p95_seconds=options.p95_seconds,
        route=options.route,
        images_per_request=options.images_per_request,
        model=options.model,
        architecture=options.architecture,
        accuracy=options.accuracy,
    )
    assumed = Assumptions(
        parallel_share=options.parallel_share,
        time_factors={"x86_64": options.x86_64_factor, "arm64": options.arm64_factor},
        concurrency_limit=options.concurrency_limit,
    )
    stage = getattr(options, "write", None)
    bounds = Bounds(
        maximum_memory_mb=DEV_MEMORY_MB if stage == "dev" else MEMORIES_MB[-1],
        minimum_kept=1 if stage == "prod" else 0,
    )
    measurements = _allowed(workload, read_measurements(workload.route))
    plan = make_plan(workload, measurements, table, assumed, bounds)
    if unknown := [line.key for line in plan.chosen.bill.lines if line.usd is None]:
        raise OpsError(
            f"the prices of {table.region} lack {', '.join(unknown)}: python -m ops prices refresh --region "
            f"{table.region} asks AWS for them"
        )
    speed = getattr(options, "gpu_images_per_second", None)
    if speed is not None and options.gpu_instance not in table.sagemaker:
        known = ", ".join(table.sagemaker) or "none"
        raise OpsError(f"{options.gpu_instance!r} has no known price in {table.region}; known are {known}")
    return PlanReport(
        plan=plan,
        table=table,
        assumed=assumed,
        variations=vary(plan, measurements, table, assumed, bounds),
        endpoint=None if speed is None else plan_endpoint(workload, options.gpu_instance, speed, table, assumed),
    )


def _allowed(workload: Workload, measurements: list[Measurement]) -> list[Measurement]:
    known = ", ".join(measured.model for measured in measurements)
    if workload.model is not None and workload.model not in known.split(", "):
        raise OpsError(f"{workload.model!r} was not measured for /{workload.route}; known are {known}")
    chosen = [measured for measured in measurements if workload.model in (None, measured.model)]
    allowed = [measured for measured in chosen if (measured.accuracy or 0.0) >= workload.accuracy]
    if not allowed:
        raise OpsError(
            f"no model measured for /{workload.route} has a published accuracy of {workload.accuracy:g} % or more"
        )
    return allowed
