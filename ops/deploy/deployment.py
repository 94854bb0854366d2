"""A deploy from its first check to the first answer: each step says what it does, and the first that fails ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from models.canaries import Endpoint
from ops.api_endpoint import ApiEndpoint
from ops.aws import Aws, answered
from ops.canaries import AliasEndpoint, ask_stage
from ops.deploy import cdk
from ops.deploy.next_steps import next_steps
from ops.deploy.outputs import OUTPUTS_FILE, Outputs, read_outputs, stack_name
from ops.doctor.examination import examine
from ops.doctor.models import check_models, missing_models
from ops.errors import OpsError
from ops.programs import Programs
from ops.stage import Stage

Say: TypeAlias = Callable[[str], None]


def deploy(stage: Stage, programs: Programs, aws: Aws, say: Say, *, ask: bool, colour: bool) -> None:
    """Deploy `stage` and hold what answers there to its artifacts. Raises OpsError at the first step that fails."""
    report = examine(stage, programs, aws)
    say(report.page(colour=colour))
    if report.blocked or aws.region is None:
        raise OpsError("nothing was deployed: fix what is BLOCKED above first")
    _export_missing(stage, programs, say)
    say(f"\n== deploying {stack_name(stage.name)} to {aws.region}\n")
    cdk.deploy(stage, programs, aws.region, ask=ask)
    check_canaries(stage, aws, say)
    outputs = read_outputs(stage.root / OUTPUTS_FILE, stage.name)
    say("\n" + next_steps(outputs, aws.region, stage.config.authentication))


def check_canaries(stage: Stage, aws: Aws, say: Say) -> None:
    """Hold what answers live to the artifacts: each alias by itself, then both through the API, key and all.

    Raises OpsError where one answers otherwise, or does not.
    """
    outputs = read_outputs(stage.root / OUTPUTS_FILE, stage.name)
    client = aws.clients("lambda")
    aliases = {function: AliasEndpoint(client, function, arn, stage.name) for function, arn in outputs.aliases.items()}
    _hold(stage, aliases, "sending the canary pictures to the live aliases", say)
    _hold(stage, _api(stage, aws, outputs), "sending them through the API, as callers do", say)


def _hold(stage: Stage, endpoints: Mapping[str, Endpoint], doing: str, say: Say) -> None:
    say(f"\n== {doing}\n")
    reports = ask_stage(stage, endpoints)
    for function, report in reports.items():
        say(f"{function}: {report.url}\n{report.table()}\n")
    if failed := [function for function, report in reports.items() if not report.passed]:
        raise OpsError(
            f"the live answers of {' and '.join(failed)} are not those of the models exported here; "
            "to roll back, see docs/operations.md#roll-back"
        )


def _api(stage: Stage, aws: Aws, outputs: Outputs) -> Mapping[str, Endpoint]:
    gateway = aws.clients("apigateway")
    key = answered(lambda: gateway.get_api_key(apiKey=outputs.key_id, includeValue=True))["value"]
    signing = answered(aws.credentials) if stage.config.authentication == "iam" else None
    return {
        function: ApiEndpoint(f"{outputs.url}{function}", key, str(aws.region), signing) for function in stage.functions
    }


def _export_missing(stage: Stage, programs: Programs, say: Say) -> None:
    missing = missing_models(stage)
    if not missing:
        return
    say(f"\n== exporting the models that are missing: {', '.join(model.directory for model in missing)}\n")
    for engine in sorted({model.engine for model in missing}):
        if programs.run(programs.python, "-m", "models", "all", "--engine", engine):
            raise OpsError("the models could not be exported; nothing was deployed")
    problems = [finding for finding in check_models(stage) if finding.status != "ok"]
    if problems:
        raise OpsError(f"nothing was deployed: {problems[0].check}: {problems[0].detail}")
