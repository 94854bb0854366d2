"""What a deployment may choose, read from the context in cdk.json and checked before anything is synthesized."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Architecture: TypeAlias = Literal["arm64", "x86_64"]

# A new account's limit; a stage that others use raises the quota first.
DEV_MEMORY_MB = 3008
MEMORY_MB = range(128, 10_240 + 1)
# The only values that CloudWatch Logs takes.
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class ConfigError(ValueError):
    """The configuration is wrong. The message is one sentence that names the key, the limit and the value."""


@dataclass(frozen=True, slots=True)
class FunctionConfig:
    """What is chosen per function. `artifacts` is a directory, relative to the repository root."""

    memory_mb: int
    artifacts: str


@dataclass(frozen=True, slots=True)
class Config:
    """One stage's configuration."""

    stage: str
    architecture: Architecture
    log_retention_days: int
    allow_demo_artifacts: bool
    semantic: FunctionConfig


def load_config(context: Callable[[str], object]) -> Config:
    """Read the configuration of the stage that the context names.

    `context` looks up one key (`node.try_get_context`). Each value comes from `stages.<stage>` in cdk.json, and one of
    the same dotted name given on the command line comes before it: `-c architecture=x86_64 -c semantic.memory_mb=2048`.
    Raises ConfigError.
    """
    stage = context("stage")
    stages = context("stages")
    if not isinstance(stages, dict) or not stages:
        raise ConfigError("stages must hold the configuration of at least one stage")
    if not isinstance(stage, str) or stage not in stages:
        raise ConfigError(f"stage must be one of {', '.join(sorted(stages))}, not {stage!r}")
    values = _flatten(stages[stage], f"stages.{stage}")
    known = {"architecture", "log_retention_days", "allow_demo_artifacts", "semantic.memory_mb", "semantic.artifacts"}
    if unknown := sorted(values.keys() - known):
        raise ConfigError(f"stages.{stage}.{unknown[0]} is not a key; known are {', '.join(sorted(known))}")
    values |= {key: given for key in known if (given := context(key)) is not None}
    if missing := sorted(known - values.keys()):
        raise ConfigError(f"{missing[0]} is missing from stages.{stage}")
    return Config(
        stage=stage,
        architecture=_architecture(values["architecture"]),
        log_retention_days=_log_retention_days(values["log_retention_days"]),
        allow_demo_artifacts=_flag("allow_demo_artifacts", values["allow_demo_artifacts"]),
        semantic=FunctionConfig(
            memory_mb=_memory_mb("semantic.memory_mb", values["semantic.memory_mb"], stage),
            artifacts=_text("semantic.artifacts", values["semantic.artifacts"]),
        ),
    )


def _flatten(section: object, at: str) -> dict[str, object]:
    """Turn nested tables into dotted keys."""
    if not isinstance(section, dict):
        raise ConfigError(f"{at} must be an object, not {section!r}")
    values: dict[str, object] = {}
    for key, value in section.items():
        if isinstance(value, dict):
            values |= {f"{key}.{inner}": deeper for inner, deeper in _flatten(value, f"{at}.{key}").items()}
        else:
            values[key] = value
    return values


def _architecture(value: object) -> Architecture:
    for architecture in get_args(Architecture):
        if value == architecture:
            return architecture  # type: ignore[no-any-return]  # get_args is untyped
    raise ConfigError(f"architecture must be one of {', '.join(get_args(Architecture))}, not {value!r}")


def _log_retention_days(value: object) -> int:
    days = _whole_number("log_retention_days", value)
    if days not in LOG_RETENTION_DAYS:
        raise ConfigError(f"log_retention_days must be one of {', '.join(map(str, LOG_RETENTION_DAYS))}, not {days}")
    return days


def _memory_mb(key: str, value: object, stage: str) -> int:
    memory_mb = _whole_number(key, value)
    if memory_mb not in MEMORY_MB:
        raise ConfigError(f"{key} must be {MEMORY_MB.start} to {MEMORY_MB.stop - 1}, not {memory_mb}")
    if stage == "dev" and memory_mb > DEV_MEMORY_MB:
        raise ConfigError(f"{key} must be at most {DEV_MEMORY_MB} in stage dev, a new account's limit, not {memory_mb}")
    return memory_mb


def _whole_number(key: str, value: object) -> int:
    """Take a JSON number, or the text that the command line gives for one."""
    if type(value) is int:  # a bool is no number
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    raise ConfigError(f"{key} must be a whole number, not {value!r}")


def _flag(key: str, value: object) -> bool:
    """Take a JSON boolean, or the text that the command line gives for one."""
    if value is True or value == "true":
        return True
    if value is False or value == "false":
        return False
    raise ConfigError(f"{key} must be true or false, not {value!r}")


def _text(key: str, value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ConfigError(f"{key} must be a directory, relative to the repository root, not {value!r}")
