"""The model artifacts a function is deployed with: where they may be, and whether they may be deployed."""

import json
from pathlib import Path

from infra.config import Architecture, Config, ConfigError


def artifact_directories(function: str) -> tuple[str, str]:
    """Return where artifacts of `function` may be: exported from a published model, and the demo model's."""
    return f"artifacts/{function}", f"models/demo/{function}/artifact"


def check_all_artifacts(root: Path, config: Config) -> None:
    """Raise ConfigError, a line for each function whose artifacts may not be deployed."""
    problems = []
    for name, function in (("semantic", config.semantic), ("aesthetic", config.aesthetic)):
        try:
            check_artifacts(
                root,
                name,
                function.artifacts,
                architecture=config.architecture,
                allow_demo=config.allow_demo_artifacts,
            )
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))


def check_artifacts(root: Path, function: str, directory: str, *, architecture: Architecture, allow_demo: bool) -> None:
    """Raise ConfigError unless the artifacts in `directory` may be deployed on `architecture`.

    A demo model answers, but knows only the pictures it was trained on: it is deployed where that is asked for by name.
    """
    key = f"{function}.artifacts"
    directories = artifact_directories(function)
    if directory not in directories:
        raise ConfigError(f"{key} must be one of {', '.join(directories)}, not {directory!r}")
    try:
        manifest = json.loads((root / directory / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        demo = "demo" if function == "semantic" else f"demo-{function}"
        target = demo if directory.startswith("models/demo/") else "models"
        raise ConfigError(f"{key} is {directory}, which holds no manifest.json; `make {target}` writes it") from None
    except ValueError as error:
        raise ConfigError(f"{key} is {directory}, whose manifest.json is not JSON: {error}") from error
    try:
        demo, target = manifest["model"]["demo"], manifest["target"]
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{key} is {directory}, whose manifest.json lacks model.demo or target") from error
    if target not in ("portable", architecture):
        raise ConfigError(f"{key} is {directory}, which was exported for {target} and cannot run on {architecture}")
    if demo is not False and not allow_demo:
        raise ConfigError(f"{key} is {directory}, a demo model, and allow_demo_artifacts is false")
