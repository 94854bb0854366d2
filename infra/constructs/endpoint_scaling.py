"""How many instances an asynchronous endpoint has: none while there is no work."""

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.endpoint_metrics import endpoint_metric

BACKLOG_TARGET = 5


def scale_from_zero(
    scope: Construct, *, function: str, endpoint_name: str, variant_name: str, maximum_instances: int
) -> None:
    """Scale the endpoint of `function` between no instance and `maximum_instances`.

    This takes two policies. Target tracking follows the backlog per instance, which has no value while there is no
    instance: so a step policy starts the first one as soon as anything waits.
    """
    target = scaling.ScalableTarget(
        scope,
        "Instances",
        service_namespace=scaling.ServiceNamespace.SAGEMAKER,
        resource_id=f"endpoint/{endpoint_name}/variant/{variant_name}",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        min_capacity=0,
        max_capacity=maximum_instances,
        # Auto scaling acts under the role it makes for itself; without a name here the CDK would make another.
        role=iam.Role.from_role_arn(scope, "ScalingRole", _scaling_role_arn(scope), mutable=False),
    )
    target.scale_to_track_metric(
        "Backlog",
        target_value=BACKLOG_TARGET,
        custom_metric=_metric(endpoint_name, "ApproximateBacklogSizePerInstance"),
        scale_out_cooldown=cdk.Duration.minutes(5),
        scale_in_cooldown=cdk.Duration.minutes(10),
    )
    first = scaling.StepScalingAction(
        scope,
        "First",
        scaling_target=target,
        adjustment_type=scaling.AdjustmentType.CHANGE_IN_CAPACITY,
        cooldown=cdk.Duration.minutes(5),
    )
    first.add_adjustment(adjustment=1, lower_bound=0)
    waiting = cw.Alarm(
        scope,
        "Waiting",
        alarm_description=f"Jobs of {function} wait and no instance runs: one is started. Nothing to do.",
        metric=_metric(endpoint_name, "HasBacklogWithoutCapacity"),
        threshold=1,
        comparison_operator=cw.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluation_periods=1,
        treat_missing_data=cw.TreatMissingData.MISSING,
    )
    waiting.add_alarm_action(actions.ApplicationScalingAction(first))


def _scaling_role_arn(scope: Construct) -> str:
    path = "aws-service-role/sagemaker.application-autoscaling.amazonaws.com"
    name = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    return cdk.Stack.of(scope).format_arn(service="iam", region="", resource="role", resource_name=f"{path}/{name}")


def _metric(endpoint_name: str, name: str) -> cw.Metric:
    return endpoint_metric(endpoint_name, name, "Average", cdk.Duration.minutes(1))
