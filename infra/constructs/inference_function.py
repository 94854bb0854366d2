"""A function that serves a model: its image, its log group, its role, and the alias that callers use."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Architecture, FunctionConfig
from infra.constructs.container_image import inference_image
from infra.constructs.image_function import ALIAS, image_function

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
        made = image_function(
            self,
            code=lambda_.DockerImageCode.from_image_asset(str(root), **image),
            architecture=architecture,
            memory_mb=config.memory_mb,
            timeout_seconds=timeout_seconds,
            log_retention_days=log_retention_days,
            environment=environment,
            reserved_concurrency=config.reserved_concurrency,
        )
        self.function, self.role, self.log_group = made.function, made.role, made.log_group
        self.alias = self._alias(config)

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
