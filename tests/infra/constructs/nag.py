"""What cdk-nag finds in the constructs of one's own, on a stack that has others beside them."""

import json
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks


def nagged_app(outdir: Path) -> cdk.App:
    """An app that both packs look at."""
    app = cdk.App(analytics_reporting=False, outdir=str(outdir))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return app


def findings(app: cdk.App, outdir: Path, *under: str) -> dict[str, list[str]]:
    """Rule and path of what was found, and of what was acknowledged, where paths begin with one of `under`."""
    try:
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
    report = json.loads((outdir / "validation-report.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {"violations": [], "suppressedViolations": []}
    for kind, entries in found.items():
        for plugin in report["pluginReports"]:
            for violation in plugin.get(kind, []):
                paths = [construct["constructPath"] for construct in violation["violatingConstructs"]]
                entries += [f"{violation['ruleName']} {path}" for path in paths if path.startswith(under)]
    return found
