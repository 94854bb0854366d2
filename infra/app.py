"""The app: reads the stage's configuration and composes its stack. Run as a module: `python -m infra.app`."""

import sys
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.artifacts import check_all_artifacts
from infra.config import load_config
from infra.config_reader import ConfigError
from infra.stacks.service import ServiceStack

ROOT = Path(__file__).parent.parent


def create_app(root: Path, *, context: Mapping[str, object] | None = None, outdir: Path | None = None) -> cdk.App:
    """Compose the stack of the stage that the context names, from the repository at `root`.

    The command line hands over cdk.json's context and its own; `context` takes their place elsewhere, as in a test.
    Raises ConfigError. Synthesis fails over a finding of cdk-nag that nobody acknowledged.
    """
    app = cdk.App(context=context, outdir=None if outdir is None else str(outdir), analytics_reporting=False)
    config = load_config(app.node.try_get_context, app.node.get_all_context())
    check_all_artifacts(root, config)
    ServiceStack(app, f"Imajin-{config.stage}", config=config, root=root)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return app


def main() -> int:
    """Synthesize; each thing wrong with the configuration is one sentence on stderr, and the exit status 2."""
    try:
        create_app(ROOT).synth()
    except ConfigError as error:
        sys.stderr.writelines(f"cdk.json: {problem}\n" for problem in str(error).splitlines())
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
