"""What a deployment may choose, read from the context in cdk.json and checked before anything is synthesized."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from infra.config_reader import ConfigError, ConfigReader, values_of
from infra.service_settings import read_settings

Architecture: TypeAlias = Literal["arm64", "x86_64"]
Stage: TypeAlias = Literal["dev", "prod"]
Authentication: TypeAlias = Literal["iam", "api_key"]
Period: TypeAlias = Literal["day", "week", "month"]

STAGES: tuple[Stage, ...] = ("dev", "prod")
ARCHITECTURES: tuple[Architecture, ...] = ("arm64", "x86_64")
AUTHENTICATIONS: tuple[Authentication, ...] = ("iam", "api_key")
PERIODS: tuple[Period, ...] = ("day", "week", "month")
FUNCTIONS = ("semantic", "aesthetic")
# A new account's limit; a stage that others use raises the quota first.
DEV_MEMORY_MB = 3008
MEMORY_MB = range(128, 10_240 + 1)
# The only values that CloudWatch Logs takes.
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
URL_HOST = r"\*|(https?://)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(:[1-9][0-9]{0,4})?"
# A prefix must not hold what IAM reads as a pattern, or dot segments.
S3_PLACE = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/(?!\.{1,2}(/|$))[A-Za-z0-9!_.'()-]+)*/?"
ORIGIN = r"\*|https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[1-9][0-9]{0,4})?"
# With x86_64 cores, which is what the GPU images' base has: no g5g.
GPU_INSTANCE = r"ml\.(?!g5g)[gp][0-9]+[a-z]*\.([0-9]+)?xlarge"
GPU_INSTANCE_MEANS = "a SageMaker instance with a GPU and x86_64 cores, such as ml.g5.xlarge"


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrency:
    """How many environments of a function are kept ready; 0 is none, and it scales where maximum is the larger."""

    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class GpuConfig:
    """The asynchronous endpoint of a function; it has no instance while there is nothing to do."""

    enabled: bool
    instance_type: str
    maximum_instances: int


@dataclass(frozen=True, slots=True)
class FunctionConfig:
    """What is chosen per function. `artifacts` is a directory, relative to the repository root."""

    memory_mb: int
    artifacts: str
    reserved_concurrency: int | None
    """Environments at most, and so the most that can be spent in a second. None: as many as the account has."""
    provisioned_concurrency: ProvisionedConcurrency
    gpu: GpuConfig
    settings: Mapping[str, str]
    """Variables of the service's own, for the function and its GPU container."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """What the API takes, of a key and in all."""

    requests_per_second: int
    burst: int


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests a key has."""

    requests: int
    period: Period


@dataclass(frozen=True, slots=True)
class Config:
    """One stage's configuration."""

    stage: Stage
    architecture: Architecture
    log_retention_days: int
    allow_demo_artifacts: bool
    authentication: Authentication
    public_docs: bool
    throttle: Throttle
    quota: Quota
    api_keys: tuple[str, ...]
    """Numbers of the stack's own keys; the last is the one that a deploy asks with."""
    cors_origins: tuple[str, ...]
    waf: bool
    allowed_url_hosts: tuple[str, ...]
    allowed_s3: tuple[str, ...]
    alarm_email: str | None
    monthly_budget_usd: int
    semantic: FunctionConfig
    aesthetic: FunctionConfig


def load_config(context: Callable[[str], object], given: Iterable[str] = ()) -> Config:
    """Read the configuration of the stage that the context names.

    `context` looks up one key (`node.try_get_context`). Each value comes from `stages.<stage>` in cdk.json, and one of
    the same dotted name given on the command line comes before it: `-c architecture=x86_64 -c semantic.memory_mb=2048`.
    `given` are the keys that the context has, as far as they are known: one that nothing reads was misspelt.
    Raises ConfigError with every problem there is.
    """
    stages = context("stages")
    if not isinstance(stages, dict) or not stages or not stages.keys() <= set(STAGES):
        raise ConfigError(f"stages must hold the configuration of {' or '.join(STAGES)} and of nothing else")
    name = context("stage")
    stage = next((stage for stage in STAGES if stage == name and stage in stages), None)
    if stage is None:
        raise ConfigError(f"stage must be one of {', '.join(sorted(stages))}, not {name!r}")
    beside = frozenset(given) - {"stage", "stages"}
    read = ConfigReader(context, stage, values_of(stages[stage], f"stages.{stage}"), beside)
    config = Config(
        stage=stage,
        architecture=read.choice("architecture", ARCHITECTURES),
        log_retention_days=read.integer("log_retention_days", LOG_RETENTION_DAYS),
        allow_demo_artifacts=read.flag("allow_demo_artifacts"),
        authentication=read.choice("authentication", AUTHENTICATIONS),
        public_docs=read.flag("public_docs"),
        throttle=Throttle(
            requests_per_second=read.integer("throttle.requests_per_second", range(1, 10_000 + 1)),
            burst=read.integer("throttle.burst", range(1, 5_000 + 1)),
        ),
        quota=Quota(
            requests=read.integer("quota.requests", range(1, 1_000_000_000 + 1)),
            period=read.choice("quota.period", PERIODS),
        ),
        api_keys=_api_keys(read),
        cors_origins=read.entries("cors_origins", ORIGIN, "http(s)://host[:port] or *"),
        waf=read.flag("waf"),
        allowed_url_hosts=read.entries("allowed_url_hosts", URL_HOST, "*, host, host:port or http(s)://host[:port]"),
        allowed_s3=read.entries("allowed_s3", S3_PLACE, "bucket or bucket/prefix"),
        alarm_email=read.optional_text("alarm_email", r"[^\s@,]+@[^\s@,]+\.[^\s@,]+", "an e-mail address"),
        monthly_budget_usd=read.integer("monthly_budget_usd", range(1, 1_000_000 + 1)),
        semantic=_function(read, "semantic", stage),
        aesthetic=_function(read, "aesthetic", stage),
    )
    read.finish()
    return config


def _function(read: ConfigReader, name: str, stage: Stage) -> FunctionConfig:
    reserved = read.optional_integer(f"{name}.reserved_concurrency", range(1, 1_000 + 1))
    return FunctionConfig(
        memory_mb=_memory_mb(read, f"{name}.memory_mb", stage),
        artifacts=read.text(f"{name}.artifacts", r".+", "a directory, relative to the repository root"),
        reserved_concurrency=reserved,
        provisioned_concurrency=_provisioned_concurrency(read, name, stage, reserved),
        gpu=GpuConfig(
            enabled=read.flag(f"{name}.gpu.enabled"),
            instance_type=read.text(f"{name}.gpu.instance_type", GPU_INSTANCE, GPU_INSTANCE_MEANS),
            maximum_instances=read.integer(f"{name}.gpu.maximum_instances", range(1, 100 + 1)),
        ),
        settings=read_settings(read, name),
    )


def _api_keys(read: ConfigReader) -> tuple[str, ...]:
    keys = read.entries("api_keys", r"[1-9][0-9]{0,2}", "a number from 1 to 999, as text")
    if not keys:
        read.problem("api_keys", "api_keys must have one entry at least: no method answers without a key")
    return keys


def _memory_mb(read: ConfigReader, key: str, stage: Stage) -> int:
    memory_mb = read.integer(key, MEMORY_MB)
    if stage == "dev" and memory_mb > DEV_MEMORY_MB:
        read.problem(key, f"{key} must be at most {DEV_MEMORY_MB} in stage dev, a new account's limit, not {memory_mb}")
    return memory_mb


def _provisioned_concurrency(
    read: ConfigReader, name: str, stage: Stage, reserved: int | None
) -> ProvisionedConcurrency:
    key = f"{name}.provisioned_concurrency"
    minimum = read.integer(f"{key}.minimum", range(1_000 + 1))
    maximum = read.integer(f"{key}.maximum", range(1_000 + 1))
    if stage == "prod" and minimum < 1:
        read.problem(f"{key}.minimum", f"{key}.minimum must be at least 1 in stage prod, not {minimum}")
    elif minimum == 0 < maximum:
        read.problem(f"{key}.maximum", f"{key}.maximum must be 0 where the minimum is, not {maximum}")
    elif maximum < minimum:
        read.problem(f"{key}.maximum", f"{key}.maximum must be at least the minimum, {minimum}, not {maximum}")
    elif reserved is not None and maximum > reserved:
        most = f"{name}.reserved_concurrency, {reserved}"
        read.problem(f"{key}.maximum", f"{key}.maximum must be at most {most}, not {maximum}")
    return ProvisionedConcurrency(minimum, maximum)
