"""One stage's configuration as an operator's command sees it: cdk.json, and what the command itself decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.artifacts import artifact_directories
from infra.config import FUNCTIONS, Config, FunctionConfig, load_config
from infra.config_reader import ConfigError
from ops.errors import OpsError


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the repository at `root`. `context` is what the CDK's command line is given beside cdk.json."""

    root: Path
    config: Config
    context: Mapping[str, str]

    @property
    def name(self) -> str:
        """dev or prod."""
        return self.config.stage

    @property
    def functions(self) -> Mapping[str, FunctionConfig]:
        """By name, those that serve a model."""
        return {name: getattr(self.config, name) for name in FUNCTIONS}

    @property
    def context_options(self) -> list[str]:
        """The context as options of the CDK's command line."""
        return [option for key, value in self.context.items() for option in ("--context", f"{key}={value}")]


def read_stage(root: Path, name: str | None, *, demo: bool, gpu: bool = True) -> Stage:
    """Read stage `name`, or the one cdk.json names. `demo` decides which models are deployed, and nothing else does.

    With `demo` they are the committed demo models. Without it none of them is a demo model: a stage that names those
    gets the place that models are exported to. Without `gpu` none is on. Raises OpsError.
    """
    try:
        context = json.loads((root / "cdk.json").read_text(encoding="utf-8"))["context"]
    except (OSError, ValueError, KeyError) as error:
        raise OpsError(f"cdk.json: cannot be read ({error})") from error
    given = {"stage": name} if name else {}
    try:
        configured = load_config((context | given).get)
        decided = given | {"allow_demo_artifacts": "true" if demo else "false"}
        for function in FUNCTIONS:
            published, of_demo = artifact_directories(function)
            if demo or getattr(configured, function).artifacts == of_demo:
                decided[f"{function}.artifacts"] = of_demo if demo else published
            if not gpu:
                decided[f"{function}.gpu.enabled"] = "false"
        return Stage(root, load_config((context | decided).get), {"stage": configured.stage, **decided})
    except ConfigError as error:
        raise OpsError("\n".join(f"cdk.json: {problem}" for problem in str(error).splitlines())) from error
