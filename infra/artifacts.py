"""The model artifacts a function is deployed with: where they may be, and whether they may be deployed."""

import json
from pathlib import Path

from infra.config import Architecture, Config
from infra.config_reader import ConfigError


def artifact_directories(function: str) -> tuple[str, str]:
    """Return where artifacts of `function` may be: exported from a published model, and the demo model's."""
    return f"artifacts/{function}", f"models/demo/{function}/artifact"


def gpu_artifacts(function: str) -> str:
    """Return where the artifacts of `function` for its GPU container are."""
    return f"artifacts/{function}-torch"


def check_all_artifacts(root: Path, config: Config) -> None:
    """Raise ConfigError, a line for each of the artifacts that may not be deployed."""
    problems: list[str] = []
    for name, function in (("semantic", config.semantic), ("aesthetic", config.aesthetic)):
        architecture, allow_demo = config.architecture, config.allow_demo_artifacts
        try:
            check_artifacts(root, name, function.artifacts, architecture=architecture, allow_demo=allow_demo)
        except ConfigError as error:
            problems.append(str(error))
        try:
            if function.gpu.enabled:
                check_gpu_artifacts(root, name, allow_demo=allow_demo)
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
    demo = "make demo" if function == "semantic" else f"make demo-{function}"
    command = demo if directory.startswith("models/demo/") else "make models"
    target = _check(root, directory, f"{key} is {directory}", command, allow_demo=allow_demo)
    if target not in ("portable", architecture):
        raise ConfigError(f"{key} is {directory}, which was exported for {target} and cannot run on {architecture}")


def check_gpu_artifacts(root: Path, function: str, *, allow_demo: bool) -> None:
    """Raise ConfigError unless the artifacts for the GPU container of `function` may be deployed."""
    directory = gpu_artifacts(function)
    says = f"{function}.gpu.enabled is true and takes {directory}"
    _check(root, directory, says, "python -m models all --engine torch", allow_demo=allow_demo)


def _check(root: Path, directory: str, says: str, command: str, *, allow_demo: bool) -> object:
    """Return the target the artifacts in `directory` were exported for; `says` begins the sentence of a problem."""
    try:
        manifest = json.loads((root / directory / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{says}, which holds no manifest.json; `{command}` writes it") from None
    except ValueError as error:
        raise ConfigError(f"{says}, whose manifest.json is not JSON: {error}") from error
    try:
        demo, target = manifest["model"]["demo"], manifest["target"]
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{says}, whose manifest.json lacks model.demo or target") from error
    if demo is not False and not allow_demo:
        raise ConfigError(f"{says}, a demo model, and allow_demo_artifacts is false")
    return target
