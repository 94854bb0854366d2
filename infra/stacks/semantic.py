"""The semantic service: what a picture shows."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from infra.artifacts import check_artifacts
from infra.config import Config
from infra.constructs.inference_function import InferenceFunction

# A load that passes Lambda's ten seconds of initialisation is done over inside the first invocation, under this limit.
TIMEOUT_SECONDS = 60


class SemanticStack(cdk.Stack):
    """The semantic function in one stage."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config, root: Path) -> None:
        super().__init__(scope, construct_id, description=f"imajin: semantic, stage {config.stage}")
        check_artifacts(
            root,
            "semantic",
            config.semantic.artifacts,
            architecture=config.architecture,
            allow_demo=config.allow_demo_artifacts,
        )
        self.inference = InferenceFunction(
            self,
            "Semantic",
            root=root,
            name="semantic",
            artifacts=config.semantic.artifacts,
            architecture=config.architecture,
            memory_mb=config.semantic.memory_mb,
            timeout_seconds=TIMEOUT_SECONDS,
            log_retention_days=config.log_retention_days,
        )
        cdk.CfnOutput(self, "SemanticFunction", value=self.inference.alias.function_arn)
