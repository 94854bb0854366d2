"""What a deployed stack says about itself, as the CDK's command line writes it down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.config import FUNCTIONS
from ops.errors import OpsError

OUTPUTS_FILE: Final = "cdk-outputs.json"


@dataclass(frozen=True, slots=True)
class Outputs:
    """The stack's outputs. `url` ends with the API's stage and a slash; `aliases` are ARNs by function."""

    url: str
    key_id: str
    dashboard: str
    aliases: Mapping[str, str]


def stack_name(stage: str) -> str:
    """The stack of a stage."""
    return f"Imajin-{stage}"


def read_outputs(path: Path, stage: str) -> Outputs:
    """The outputs of the stage's stack. Raises OpsError."""
    stack = stack_name(stage)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))[stack]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OpsError(
            f"{path.name} has no outputs of {stack}: deploy it first with make deploy-cdk STAGE={stage}"
        ) from error
    names = {"Url", "KeyId", "Dashboard", *(f"{name.capitalize()}Alias" for name in FUNCTIONS)}
    if missing := sorted(names - values.keys()):
        raise OpsError(
            f"{path.name}: {stack} has no output {missing[0]}: it was deployed by another version of this project"
        )
    aliases = {name: str(values[f"{name.capitalize()}Alias"]) for name in FUNCTIONS}
    return Outputs(str(values["Url"]), str(values["KeyId"]), str(values["Dashboard"]), aliases)
