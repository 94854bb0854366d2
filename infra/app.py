"""The app: reads the stage's configuration and composes its stacks. Run as a module: `python -m infra.app`."""

import sys
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk

from infra.config import ConfigError, load_config
from infra.stacks.semantic import SemanticStack

ROOT = Path(__file__).parent.parent


def create_app(root: Path, *, context: Mapping[str, object] | None = None, outdir: Path | None = None) -> cdk.App:
    """Compose the stacks of the stage that the context names, from the repository at `root`.

    The command line hands over cdk.json's context and its own; `context` takes their place elsewhere, as in a test.
    Raises ConfigError.
    """
    app = cdk.App(context=context, outdir=None if outdir is None else str(outdir), analytics_reporting=False)
    config = load_config(app.node.try_get_context)
    SemanticStack(app, f"Imajin-{config.stage}-semantic", config=config, root=root)
    return app


def main() -> int:
    """Synthesize; a wrong configuration is one sentence on stderr and exit status 2."""
    try:
        create_app(ROOT).synth()
    except ConfigError as error:
        sys.stderr.write(f"cdk.json: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
