"""A Lambda function from an image, with a log group and a role of its own, as every function here has them."""

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import LOG_RETENTION_DAYS, Architecture
from infra.constructs.acknowledgments import acknowledge
from infra.constructs.container_image import LAMBDA_ARCHITECTURES

ALIAS = "live"
# Earlier versions stay, and cost nothing: pointing the alias at one rolls back in seconds. One whose deploy failed is
# deleted: Lambda publishes no version that equals the last one, as a second try's would.
KEPT_VERSIONS = lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
RETENTION = dict(zip(LOG_RETENTION_DAYS, (days for days in logs.RetentionDays if days.name != "INFINITE"), strict=True))


@dataclass(frozen=True, slots=True)
class ImageFunction:
    """The function, and what is its own."""

    function: lambda_.DockerImageFunction
    role: iam.Role
    log_group: logs.LogGroup


def image_function(
    scope: Construct,
    *,
    code: lambda_.DockerImageCode,
    architecture: Architecture,
    memory_mb: int,
    timeout_seconds: int,
    log_retention_days: int,
    environment: Mapping[str, str],
    reserved_concurrency: int | None = None,
) -> ImageFunction:
    """Make a function in `scope`, whose role may write its log and its traces; others grant it the rest."""
    log_group = logs.LogGroup(
        scope, "Log", retention=RETENTION[log_retention_days], removal_policy=cdk.RemovalPolicy.DESTROY
    )
    # Lambda's managed policy would let the function create and write any log group.
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group.grant_write(role)
    function = lambda_.DockerImageFunction(
        scope,
        "Function",
        code=code,
        architecture=LAMBDA_ARCHITECTURES[architecture],
        memory_size=memory_mb,
        timeout=cdk.Duration.seconds(timeout_seconds),
        reserved_concurrent_executions=reserved_concurrency,
        environment=dict(environment),
        role=role,
        log_group=log_group,
        logging_format=lambda_.LoggingFormat.JSON,
        application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
        # Lambda's own account of each call, with what it bills.
        system_log_level_v2=lambda_.SystemLogLevel.INFO,
        tracing=lambda_.Tracing.ACTIVE,
        current_version_options=KEPT_VERSIONS,
    )
    acknowledge(role, {"AwsSolutions-IAM5[Resource::*]": "X-Ray takes traces for * alone: nothing to name."})
    acknowledge(
        function,
        {"Serverless-LambdaDLQ": "It is called synchronously: an event that fails is an answer, and never lost."},
    )
    return ImageFunction(function, role, log_group)
