"""All of one stage: both services, the API in front of them, and what watches them."""

from decimal import Decimal
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from constructs import Construct

from infra.config import Config, FunctionConfig
from infra.constructs.acknowledgments import acknowledge
from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.api import Api
from infra.constructs.asynchronous_endpoint import AsynchronousEndpoint
from infra.constructs.budget import Budget
from infra.constructs.container_image import gpu_image
from infra.constructs.firewall import Firewall
from infra.constructs.inference_function import InferenceFunction
from infra.constructs.jobs import Jobs
from infra.constructs.jobs_bucket import JobsBucket
from infra.constructs.monitoring import Monitoring
from infra.constructs.picture_sources import (
    cross_origin_environment,
    grant_pictures,
    grant_uploads,
    picture_environment,
)

# A load that passes Lambda's ten seconds of initialisation is done over inside the first invocation, under this limit.
TIMEOUT_SECONDS = 60
JOBS_ROUTES = (("POST", "uploads"), ("POST", "jobs"), ("GET", "jobs/{id}"))


class ServiceStack(cdk.Stack):
    """imajin in one stage."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config, root: Path) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"imajin, stage {config.stage}",
            # CloudFormation gives them to whatever takes tags.
            tags={"project": "imajin", "stage": config.stage},
            # With its API go its URL and every caller's key.
            termination_protection=config.stage == "prod",
        )
        self.bucket = JobsBucket(self, "Storage", cors_origins=config.cors_origins).bucket
        self.functions = {
            "semantic": self._inference("semantic", config, config.semantic, root),
            "aesthetic": self._inference("aesthetic", config, config.aesthetic, root),
        }
        self.endpoints = {
            name: self._endpoint(name, config, function, root)
            for name, function in (("semantic", config.semantic), ("aesthetic", config.aesthetic))
            if function.gpu.enabled
        }
        self.jobs = Jobs(
            self,
            "Jobs",
            root=root,
            architecture=config.architecture,
            log_retention_days=config.log_retention_days,
            bucket=self.bucket,
            endpoints=self.endpoints,
            allowed_s3=config.allowed_s3,
            environment=cross_origin_environment(config),
        )
        self.api = Api(
            self,
            "Api",
            stage=config.stage,
            services={name: function.alias for name, function in self.functions.items()},
            root="semantic",
            authentication=config.authentication,
            throttle=config.throttle,
            quota=config.quota,
            api_keys=config.api_keys,
            cors_origins=config.cors_origins,
            public_docs=config.public_docs,
            log_retention_days=config.log_retention_days,
        )
        for method, path in JOBS_ROUTES:
            self.api.add_route(method, path, self.jobs.alias)
        self._protect(config)
        self._watch(config)
        self._output(config)

    def _inference(self, name: str, config: Config, function: FunctionConfig, root: Path) -> InferenceFunction:
        inference = InferenceFunction(
            self,
            name.capitalize(),
            root=root,
            name=name,
            config=function,
            architecture=config.architecture,
            timeout_seconds=TIMEOUT_SECONDS,
            log_retention_days=config.log_retention_days,
            environment={
                **function.settings,
                **picture_environment(config, self.bucket),
                **cross_origin_environment(config),
            },
        )
        grant_pictures(inference.role, config.allowed_s3)
        grant_uploads(inference.role, self.bucket)
        return inference

    def _endpoint(self, name: str, config: Config, function: FunctionConfig, root: Path) -> AsynchronousEndpoint:
        image = ecr_assets.DockerImageAsset(
            self, f"{name.capitalize()}GpuImage", directory=str(root), **gpu_image(root, name)
        )
        return AsynchronousEndpoint(
            self,
            f"{name.capitalize()}Gpu",
            function=name,
            image=image,
            instance_type=function.gpu.instance_type,
            maximum_instances=function.gpu.maximum_instances,
            bucket=self.bucket,
            log_retention_days=config.log_retention_days,
            stage=config.stage,
            allowed_s3=config.allowed_s3,
            environment=function.settings,
        )

    def _protect(self, config: Config) -> None:
        stage = self.api.rest_api.deployment_stage
        if config.waf:
            Firewall(
                self,
                "Firewall",
                stage_arn=stage.stage_arn,
                requests_per_second=config.throttle.requests_per_second,
                name=self.stack_name,
            )
        else:
            acknowledge(stage, {"AwsSolutions-APIG3": "Configured without a firewall; keys throttle what is asked."})

    def _watch(self, config: Config) -> None:
        topic = AlarmTopic(self, "Alarms", address=config.alarm_email).topic
        self.monitoring = Monitoring(
            self,
            "Monitoring",
            functions={**{name: function.alias for name, function in self.functions.items()}, "jobs": self.jobs.alias},
            api=self.api.rest_api,
            endpoints=self.endpoints,
            alarm_topic=topic,
            kept_ready=[
                name
                for name, function in (("semantic", config.semantic), ("aesthetic", config.aesthetic))
                if function.provisioned_concurrency.minimum
            ],
            # The budget's share of a day, of one function: either may use all of it before anyone is told.
            daily_usd=(Decimal(config.monthly_budget_usd) / 30).quantize(Decimal("0.01")),
        )
        Budget(self, "Budget", monthly_usd=config.monthly_budget_usd, alarm_topic=topic)

    def _output(self, config: Config) -> None:
        """Name what callers and operators need, and what a deploy asks for afterwards."""
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        outputs = {
            "Url": self.api.rest_api.url,
            "KeyId": self.api.key.key_id,
            "Authentication": config.authentication,
            "Dashboard": f"{console}#dashboards:name={self.monitoring.dashboard_name}",
            **{f"{name.capitalize()}Alias": function.alias.function_arn for name, function in self.functions.items()},
            # Who subscribes is told when a job is done, and need not ask.
            **{f"{name.capitalize()}JobsDone": one.success_topic.topic_arn for name, one in self.endpoints.items()},
            **{f"{name.capitalize()}JobsFailed": one.failure_topic.topic_arn for name, one in self.endpoints.items()},
        }
        for key, value in outputs.items():
            cdk.CfnOutput(self, key, value=value)
