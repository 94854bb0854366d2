"""A SageMaker asynchronous endpoint: a GPU that reads from S3, writes to S3, and is there only while there is work."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.acknowledgments import acknowledge
from infra.constructs.endpoint_metrics import NAMESPACE, endpoint_metric
from infra.constructs.image_function import RETENTION
from infra.constructs.jobs_bucket import acknowledge_prefixes
from infra.constructs.picture_sources import grant_pictures

VARIANT = "gpu"
# One inference at a time runs in a container; the others fetch and decode meanwhile. Less than the container's own
# queue takes (QUEUE_LIMIT, 8): a call refused there would be a job that failed.
CONCURRENT_INVOCATIONS = 4
# Pulling a large image and opening a model take minutes.
STARTUP_SECONDS = 1200
# A job has no gateway that gives up after 29 s: a batch may take most of an invocation's 900 s.
BATCH_SECONDS = 780
BACKLOG_TARGET = 5


class AsynchronousEndpoint(Construct):
    """The endpoint `<stack>-<function>` of `functions/<function>`, from none to `maximum_instances` of `instance_type`.

    Scaling takes two policies. Target tracking follows the backlog per instance, which has no value while there is no
    instance: so a step policy starts the first one as soon as anything waits. CloudFormation starts an endpoint, and
    one that is changed, with one instance, which shows whether the container runs; where nothing comes for a quarter of
    an hour, it is stopped. Receipts of jobs go to its log, as metrics of `stage`.
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
        self.role = self._role(image)
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
                    "ALLOWED_S3": ",".join([f"{bucket.bucket_name}/uploads", *allowed_s3]),
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
        self._scale(maximum_instances)

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

    def _role(self, image: ecr_assets.DockerImageAsset) -> iam.Role:
        """Make the role that SageMaker and the container have: its own prefixes, its topics, its log, its image."""
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        read = ("inputs", "uploads")
        written = (f"outputs/{self.function}", f"failures/{self.function}")
        log = self.log_group.log_group_arn
        statements = (
            (["s3:GetObject"], [self.bucket.arn_for_objects(f"{prefix}/*") for prefix in read]),
            (
                ["s3:AbortMultipartUpload", "s3:PutObject"],
                [self.bucket.arn_for_objects(f"{prefix}/*") for prefix in written],
            ),
            # Without it S3 answers 403 for an upload that is not there.
            (["s3:ListBucket"], [self.bucket.bucket_arn]),
            (["sns:Publish"], [self.success_topic.topic_arn, self.failure_topic.topic_arn]),
            (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [log]),
        )
        for action_names, resources in statements:
            role.add_to_policy(iam.PolicyStatement(actions=action_names, resources=resources))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": [NAMESPACE, "/aws/sagemaker/Endpoints"]}},
            )
        )
        image.repository.grant_pull(role)
        acknowledge_prefixes(role, self.bucket, [*read, *written], "one object for each upload or job")
        acknowledge(
            role,
            {
                "AwsSolutions-IAM5[Resource::*]": (
                    "Metrics, here of two namespaces, and leave to log in to the registry know no resources to name."
                ),
            },
        )
        return role

    def _scale(self, maximum_instances: int) -> None:
        target = scaling.ScalableTarget(
            self,
            "Instances",
            service_namespace=scaling.ServiceNamespace.SAGEMAKER,
            resource_id=f"endpoint/{self.endpoint_name}/variant/{VARIANT}",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            min_capacity=0,
            max_capacity=maximum_instances,
            # Auto scaling acts under the role it makes for itself; without a name here the CDK would make another.
            role=iam.Role.from_role_arn(self, "ScalingRole", self._scaling_role_arn(), mutable=False),
        )
        target.scale_to_track_metric(
            "Backlog",
            target_value=BACKLOG_TARGET,
            custom_metric=self._metric("ApproximateBacklogSizePerInstance"),
            scale_out_cooldown=cdk.Duration.minutes(5),
            scale_in_cooldown=cdk.Duration.minutes(10),
        )
        first = scaling.StepScalingAction(
            self,
            "First",
            scaling_target=target,
            adjustment_type=scaling.AdjustmentType.CHANGE_IN_CAPACITY,
            cooldown=cdk.Duration.minutes(5),
        )
        first.add_adjustment(adjustment=1, lower_bound=0)
        waiting = cw.Alarm(
            self,
            "Waiting",
            alarm_description=f"Jobs of {self.function} wait and no instance runs: one is started. Nothing to do.",
            metric=self._metric("HasBacklogWithoutCapacity"),
            threshold=1,
            comparison_operator=cw.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cw.TreatMissingData.MISSING,
        )
        waiting.add_alarm_action(actions.ApplicationScalingAction(first))

    def _scaling_role_arn(self) -> str:
        path = "aws-service-role/sagemaker.application-autoscaling.amazonaws.com"
        name = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
        return cdk.Stack.of(self).format_arn(service="iam", region="", resource="role", resource_name=f"{path}/{name}")

    def _metric(self, name: str) -> cw.Metric:
        return endpoint_metric(self.endpoint_name, name, "Average", cdk.Duration.minutes(1))
