"""A function that serves a model: its image, its log group, its role, and the alias that callers use."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.artifacts import artifact_directories
from infra.config import LOG_RETENTION_DAYS, Architecture
from infra.constructs.build_context import ignore_patterns

ALIAS = "live"
ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
RETENTION = dict(zip(LOG_RETENTION_DAYS, (days for days in logs.RetentionDays if days.name != "INFINITE"), strict=True))


class InferenceFunction(Construct):
    """The Lambda function of `functions/<name>`, from an image of the repository that holds its allow-list alone.

    The role may write this function's log and its traces, and nothing else; the stack grants the rest.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        root: Path,
        name: str,
        artifacts: str,
        architecture: Architecture,
        memory_mb: int,
        timeout_seconds: int,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        unused = tuple(directory for directory in artifact_directories(name) if directory != artifacts)
        image = lambda_.DockerImageCode.from_image_asset(
            str(root),
            file=f"functions/{name}/Dockerfile",
            exclude=ignore_patterns(root, name, leave_out=unused),
            ignore_mode=cdk.IgnoreMode.DOCKER,
            build_args={"ARTIFACTS": artifacts},
        )
        self.log_group = logs.LogGroup(self, "Log", retention=RETENTION[log_retention_days])
        # Lambda's managed policy would let the function create and write any log group.
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self.role)
        self.function = lambda_.DockerImageFunction(
            self,
            "Function",
            code=image,
            architecture=ARCHITECTURES[architecture],  # the image is built for it, too
            memory_size=memory_mb,
            timeout=cdk.Duration.seconds(timeout_seconds),
            role=self.role,
            log_group=self.log_group,
            tracing=lambda_.Tracing.ACTIVE,
        )
        self.alias = lambda_.Alias(self, "Alias", alias_name=ALIAS, version=self.function.current_version)
