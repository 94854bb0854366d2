"""A plan written into cdk.json: architecture, memory and concurrency of a stage, and nothing else of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.config import load_config
from infra.config_reader import ConfigError
from ops.errors import OpsError
from ops.files import write_file
from ops.plan.settings import Outcome


def write_setting(path: Path, stage: str, function: str, outcome: Outcome) -> None:
    """Write it, or raise OpsError and leave the file as it is: where the stage's own rules refuse it, or its form.

    The architecture is the stage's, and so the other function's too.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
        section = document["context"]["stages"][stage]
        chosen = section[function]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OpsError(f"{path.name}: there is no {function} of stage {stage} ({error})") from error
    if _formatted(document) != text:
        raise OpsError(f"{path.name}: its form is not json.dumps(indent=2), and would not be kept")
    setting = outcome.setting
    section["architecture"] = setting.architecture
    chosen["memory_mb"] = setting.memory_mb
    chosen["reserved_concurrency"] = outcome.concurrency
    chosen["provisioned_concurrency"] = {"minimum": setting.kept, "maximum": setting.kept}
    try:
        load_config((document["context"] | {"stage": stage}).get)
    except ConfigError as error:
        raise OpsError("\n".join(f"{path.name}: {problem}" for problem in str(error).splitlines())) from error
    write_file(path, _formatted(document))


def _formatted(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
