"""The CDK's command line, with what every call of it needs."""

from __future__ import annotations

import shlex
from typing import Final

from ops.deploy.outputs import OUTPUTS_FILE, stack_name
from ops.errors import OpsError
from ops.programs import Programs
from ops.stage import Stage

_VARIABLES: Final = {
    # Lambda takes no image whose index holds attestations: "image manifest ... is not supported".
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
}


def deploy(stage: Stage, programs: Programs, region: str, *, ask: bool) -> None:
    """Deploy, and write the outputs down. With `ask`, the CDK asks before it widens any permission. Raises OpsError."""
    approval = "broadening" if ask else "never"
    options = ("--require-approval", approval, "--outputs-file", OUTPUTS_FILE)
    if _run("deploy", stage, programs, region, *options):
        raise OpsError("the deploy failed for the reason above; CloudFormation rolls back what had changed")


def diff(stage: Stage, programs: Programs, region: str) -> int:
    """Show what a deploy would change; the exit status."""
    return _run("diff", stage, programs, region)


def destroy(stage: Stage, programs: Programs, region: str, *, ask: bool) -> int:
    """Take everything of the stage away; the exit status."""
    return _run("destroy", stage, programs, region, *([] if ask else ["--force"]))


def bootstrap(programs: Programs, account: str, region: str) -> int:
    """Make or renew the CDK's own stack in an account and region; the exit status."""
    return programs.run("cdk", "bootstrap", f"aws://{account}/{region}", **_VARIABLES, AWS_REGION=region)


def _run(action: str, stage: Stage, programs: Programs, region: str, *options: str) -> int:
    app = f"{shlex.quote(programs.python)} -m infra.app"
    variables = _VARIABLES | {"AWS_REGION": region}
    return programs.run(
        "cdk", action, stack_name(stage.name), "--app", app, *stage.context_options, *options, **variables
    )
