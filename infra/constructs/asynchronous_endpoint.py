"""A SageMaker asynchronous endpoint: a GPU that reads from S3, writes to S3, and is there only while there is work."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.endpoint_role import endpoint_role
from infra.constructs.endpoint_scaling import scale_from_zero
from infra.constructs.image_function import RETENTION
from infra.constructs.jobs_bucket import UPLOADS
from infra.constructs.picture_sources import grant_pictures

VARIANT = "gpu"
# One inference at a time runs in a container; the others fetch and decode meanwhile. Less than the container's own
# queue takes (QUEUE_LIMIT, 8): a call refused there would be a job that failed.
CONCURRENT_INVOCATIONS = 4
# Pulling a large image and opening a model take minutes.
STARTUP_SECONDS = 1200
# A job has no gateway that gives up after 29 s: a batch may take most of an invocation's 900 s.
BATCH_SECONDS = 780


class AsynchronousEndpoint(Construct):
    """The endpoint `<stack>-<function>` of `functions/<function>`, from none to `maximum_instances` of `instance_type`.

    CloudFormation starts an endpoint, and one that is changed, with one instance, which shows whether the container
    runs; where nothing comes for a quarter of an hour, it is stopped. Receipts of jobs go to its log, as metrics of
    `stage`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: str,
        image: ecr_assets.DockerImageAsset,
        instance_type: str,
        maximum_instances: int,
        bucket: s3.IBucket,
        log_retention_days: int,
        stage: str | None = None,
        allowed_s3: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        name = f"{cdk.Stack.of(self).stack_name}-{function}"
        # SageMaker would make it itself, under this name, and keep it for ever.
        self.log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/sagemaker/Endpoints/{name}",
            retention=RETENTION[log_retention_days],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.function = function
        self.bucket = bucket
        key = kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns")
        self.success_topic = sns.Topic(self, "Success", master_key=key, enforce_ssl=True)
        self.failure_topic = sns.Topic(self, "Failure", master_key=key, enforce_ssl=True)
        self.role = endpoint_role(
            self,
            function=function,
            image=image,
            bucket=bucket,
            topics=(self.success_topic, self.failure_topic),
            log_group=self.log_group,
        )
        grant_pictures(self.role, allowed_s3)
        model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=self.role.role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=image.image_uri,
                environment={
                    "BATCH_SECONDS": str(BATCH_SECONDS),
                    **(environment or {}),
                    # What receipts charge by, and where.
                    "INSTANCE_TYPE": instance_type,
                    "PRICE_REGION": cdk.Stack.of(self).region,
                    # No gateway tells a job its stage, and outside Lambda receipts are logged where that is asked for.
                    "METRICS": "on",
                    **({"STAGE": stage} if stage else {}),
                    "ALLOWED_S3": ",".join([f"{bucket.bucket_name}/{UPLOADS}", *allowed_s3]),
                    "JOBS_BUCKET": bucket.bucket_name,
                },
            ),
        )
        # SageMaker reads the image with the role's policy, which must be there by then.
        model.node.add_dependency(self.role)
        config = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            production_variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name=VARIANT,
                    model_name=model.attr_model_name,
                    instance_type=instance_type,
                    initial_instance_count=1,
                    initial_variant_weight=1,
                    container_startup_health_check_timeout_in_seconds=STARTUP_SECONDS,
                )
            ],
            async_inference_config=self._inference_config(),
        )
        self._endpoint = sagemaker.CfnEndpoint(
            self, "Endpoint", endpoint_name=name, endpoint_config_name=config.attr_endpoint_config_name
        )
        self._endpoint.node.add_dependency(self.log_group)
        self.endpoint_name = self._endpoint.attr_endpoint_name
        self.variant_name = VARIANT
        scale_from_zero(
            self,
            function=function,
            endpoint_name=self.endpoint_name,
            variant_name=VARIANT,
            maximum_instances=maximum_instances,
        )

    def grant_invoke_async(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` queue invocations here. The CDK's own grants know only synchronous ones."""
        # SageMaker writes names in ARNs in lower case: what Ref gives is the ARN as it is.
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:InvokeEndpointAsync"], resource_arns=[self._endpoint.ref]
        )

    def _inference_config(self) -> sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty:
        place = f"s3://{self.bucket.bucket_name}"
        return sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty(
            client_config=sagemaker.CfnEndpointConfig.AsyncInferenceClientConfigProperty(
                max_concurrent_invocations_per_instance=CONCURRENT_INVOCATIONS
            ),
            output_config=sagemaker.CfnEndpointConfig.AsyncInferenceOutputConfigProperty(
                s3_output_path=f"{place}/outputs/{self.function}/",
                s3_failure_path=f"{place}/failures/{self.function}/",
                notification_config=sagemaker.CfnEndpointConfig.AsyncInferenceNotificationConfigProperty(
                    success_topic=self.success_topic.topic_arn, error_topic=self.failure_topic.topic_arn
                ),
            ),
        )
