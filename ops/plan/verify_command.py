"""`python -m ops plan-verify`: a deployed stack measured beside its plan."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops import tables
from ops.api_endpoint import ApiEndpoint
from ops.aws import CHOOSE_REGION, connect
from ops.errors import OpsError
from ops.files import ROOT, read_file
from ops.money import usd
from ops.options import whole
from ops.plan.command import add_workload_options, make_report
from ops.plan.measurements import read_measurements
from ops.plan.readme_table import P95_SECONDS, VOLUMES
from ops.plan.verification import MOST_CALLS, Measured, core_factor, measure, measured_as, percentile
from ops.plan.wording import PlanReport, headline, per_thousand

if TYPE_CHECKING:
    from ops.cli import Commands

KEY: Final = "IMAJIN_API_KEY"
# Who only asks how fast it is has no volume in mind: the smallest that is planned anywhere.
README_WORKLOAD: Final = {"images_per_day": VOLUMES[0][0], "peak_per_second": VOLUMES[0][1], "p95_seconds": P95_SECONDS}
PICTURE: Final = ROOT / "models" / "demo" / "examples" / "1.jpg"


def add_command(commands: Commands) -> None:
    """Adds `plan-verify`."""
    parser = commands.add_parser("plan-verify", help="measure a deployed service and compare it with its plan")
    parser.add_argument(
        "--url", required=True, help=f"the service's, as in https://.../prod/semantic; the API key is read from {KEY}"
    )
    parser.add_argument(
        "--sign", action="store_true", help="sign requests with the environment's AWS credentials (prod)"
    )
    parser.add_argument(
        "--calls",
        type=whole(1, MOST_CALLS),
        default=20,
        metavar="N",
        help="how many to make, one after another (default: %(default)d)",
    )
    parser.add_argument(
        "--picture", type=Path, default=PICTURE, metavar="JPEG", help="the picture to send (default: one of the demo's)"
    )
    add_workload_options(parser, **README_WORKLOAD)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> int:
    """Exit status 0 if the measured p95 is within the workload's.

    Without a model the plan is for the one that answers.
    """
    report = make_report(options)  # whatever is wrong with the options is said before a call is billed
    found = measure(_service(options, environment), options.route, read_file(options.picture), options.calls)
    if options.model is None:
        options.model = measured_as(found.model, read_measurements(options.route))
        report = make_report(options)
    sys.stdout.write(render(report, found))
    return 0 if percentile(found.seconds, 0.95) <= report.plan.workload.p95_seconds else 1


def render(report: PlanReport, found: Measured) -> str:
    """The plan and what was measured, side by side."""
    chosen = report.plan.chosen
    rows: list[list[str | None]] = [
        ["model", chosen.setting.measurement.model, found.model],
        ["architecture", chosen.setting.architecture, found.architecture],
        ["memory, MB", f"{chosen.setting.memory_mb:,}", f"{found.memory_mb:,}"],
        ["a warm call billed, s, median", f"{chosen.request_seconds:.3f}", _at(found.billed, 0.5)],
        ["the same, p95", f"{chosen.request_seconds * chosen.setting.measurement.spread:.3f}", _at(found.billed, 0.95)],
        ["as the caller sees it, s, median", None, _at(found.seconds, 0.5)],
        ["the same, p95", f"{chosen.p95_seconds:.3f}", _at(found.seconds, 0.95)],
        ["cold calls", f"{chosen.cold_share:.2%}", f"{found.cold} of {len(found.seconds)}"],
        ["USD per thousand", usd(per_thousand(chosen, report.plan)), usd(found.usd_per_thousand)],
    ]
    return (
        "\n".join([headline(report)[0], "", tables.render(("", "plan", "measured"), rows), "", *_notes(report, found)])
        + "\n"
    )


def _notes(report: PlanReport, found: Measured) -> list[str]:
    setting = report.plan.chosen.setting
    notes = []
    if found.estimated:
        notes.append(
            "Not Lambda: the receipts are estimates for the memory and architecture in the service's settings."
        )
    if (found.memory_mb, found.architecture) != (setting.memory_mb, setting.architecture):
        notes.append("The service has another memory size or architecture than the plan.")
    if measured_as(found.model, [setting.measurement]) is None:
        notes.append(f"The service runs {found.model}, another model than the plan's: their times cannot be compared.")
    factor = core_factor(report.plan, found, report.assumed)
    if factor is not None and not found.estimated:
        option = f"--{found.architecture.replace('_', '-')}-factor"
        notes.append(f"These calls put a core's factor at {factor:.2f}: plan again with {option} {factor:.2f}.")
    notes.append("The plan's price includes environments kept ready, logs and stored images; receipts do not.")
    return notes


def _at(values: tuple[float, ...], share: float) -> str | None:
    return f"{percentile(values, share):.3f}" if values else None


def _service(options: argparse.Namespace, environment: Mapping[str, str]) -> ApiEndpoint:
    url, key = options.url.rstrip("/"), environment.get(KEY, "")
    if not options.sign:
        return ApiEndpoint(url, key, options.region)
    aws = connect(None)
    if aws.region is None or aws.credentials is None:
        raise OpsError(f"nothing to sign with: credentials, and a region, are needed ({CHOOSE_REGION})")
    return ApiEndpoint(url, key, aws.region, aws.credentials)
