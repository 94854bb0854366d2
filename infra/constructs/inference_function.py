"""A function that serves a model: its image, its log group, its role, and the alias that callers use."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import LOG_RETENTION_DAYS, Architecture, FunctionConfig
from infra.constructs.acknowledgments import acknowledge
from infra.constructs.container_image import LAMBDA_ARCHITECTURES, inference_image

ALIAS = "live"
# Earlier versions stay, and cost nothing: pointing the alias at one is the way back that takes seconds. One whose
# deploy failed goes, for Lambda publishes nothing that is like the last version, and a second try would be.
KEPT_VERSIONS = lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
RETENTION = dict(zip(LOG_RETENTION_DAYS, (days for days in logs.RetentionDays if days.name != "INFINITE"), strict=True))
# One environment answers one call at a time, so an average this high leaves room for a burst while others start.
UTILIZATION_TARGET = 0.7


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
        config: FunctionConfig,
        architecture: Architecture,
        timeout_seconds: int,
        log_retention_days: int,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        image = inference_image(root, name, artifacts=config.artifacts, architecture=architecture)
        self.log_group = logs.LogGroup(
            self, "Log", retention=RETENTION[log_retention_days], removal_policy=cdk.RemovalPolicy.DESTROY
        )
        # Lambda's managed policy would let the function create and write any log group.
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self.role)
        self.function = lambda_.DockerImageFunction(
            self,
            "Function",
            code=lambda_.DockerImageCode.from_image_asset(str(root), **image),
            architecture=LAMBDA_ARCHITECTURES[architecture],
            memory_size=config.memory_mb,
            timeout=cdk.Duration.seconds(timeout_seconds),
            reserved_concurrent_executions=config.reserved_concurrency,
            environment=dict(environment),
            role=self.role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            # Lambda's own account of each call, with what it bills.
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
            tracing=lambda_.Tracing.ACTIVE,
            current_version_options=KEPT_VERSIONS,
        )
        self.alias = self._alias(config)
        acknowledge(self.role, {"AwsSolutions-IAM5[Resource::*]": "X-Ray takes traces for * alone: nothing to name."})
        acknowledge(
            self.function,
            {"Serverless-LambdaDLQ": "It is called synchronously: an event that fails is an answer, and never lost."},
        )

    def _alias(self, config: FunctionConfig) -> lambda_.Alias:
        """Make the alias, with as many environments kept ready as configured."""
        kept = config.provisioned_concurrency
        alias = lambda_.Alias(
            self,
            "Alias",
            alias_name=ALIAS,
            version=self.function.current_version,
            provisioned_concurrent_executions=kept.minimum or None,
        )
        if kept.maximum > kept.minimum:
            scaling = alias.add_auto_scaling(min_capacity=kept.minimum, max_capacity=kept.maximum)
            scaling.scale_on_utilization(utilization_target=UTILIZATION_TARGET)
        return alias
