"""All of one stage: both services, the API in front of them, and what watches them."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from infra.config import Config, FunctionConfig
from infra.constructs.acknowledgments import acknowledge
from infra.constructs.api import Api
from infra.constructs.firewall import Firewall
from infra.constructs.inference_function import InferenceFunction
from infra.constructs.picture_sources import environment, grant_pictures

# A load that passes Lambda's ten seconds of initialisation is done over inside the first invocation, under this limit.
TIMEOUT_SECONDS = 60


class ServiceStack(cdk.Stack):
    """imajin in one stage."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config, root: Path) -> None:
        super().__init__(scope, construct_id, description=f"imajin, stage {config.stage}")
        chosen: dict[str, FunctionConfig] = {"semantic": config.semantic, "aesthetic": config.aesthetic}
        self.functions = {
            name: InferenceFunction(
                self,
                name.capitalize(),
                root=root,
                name=name,
                config=function,
                architecture=config.architecture,
                timeout_seconds=TIMEOUT_SECONDS,
                log_retention_days=config.log_retention_days,
                environment=environment(config),
            )
            for name, function in chosen.items()
        }
        for function in self.functions.values():
            grant_pictures(function.role, config.allowed_s3)
        self.api = Api(
            self,
            "Api",
            stage=config.stage,
            services={name: function.alias for name, function in self.functions.items()},
            root="semantic",
            authentication=config.authentication,
            throttle=config.throttle,
            quota=config.quota,
            cors_origins=config.cors_origins,
            public_docs=config.public_docs,
            log_retention_days=config.log_retention_days,
        )
        stage = self.api.rest_api.deployment_stage
        if config.waf:
            Firewall(self, "Firewall", stage_arn=stage.stage_arn)
        else:
            acknowledge(stage, {"AwsSolutions-APIG3": "Configured without a firewall; keys throttle what is asked."})
        cdk.CfnOutput(self, "Url", value=self.api.rest_api.url)
        cdk.CfnOutput(self, "KeyId", value=self.api.key.key_id)
        for name, function in self.functions.items():
            cdk.CfnOutput(self, f"{name.capitalize()}Alias", value=function.alias.function_arn)
