"""The role that SageMaker and the container of an asynchronous endpoint have."""

from collections.abc import Sequence

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.acknowledgments import acknowledge
from infra.constructs.endpoint_metrics import NAMESPACE
from infra.constructs.jobs_bucket import UPLOADS, acknowledge_prefixes


def endpoint_role(
    scope: Construct,
    *,
    function: str,
    image: ecr_assets.DockerImageAsset,
    bucket: s3.IBucket,
    topics: Sequence[sns.ITopic],
    log_group: logs.ILogGroup,
) -> iam.Role:
    """Make the role, which reaches the endpoint's own prefixes of `bucket`, its topics, its log and its image."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    read = ("inputs", UPLOADS)
    written = (f"outputs/{function}", f"failures/{function}")
    log = log_group.log_group_arn
    statements = (
        (["s3:GetObject"], [bucket.arn_for_objects(f"{prefix}/*") for prefix in read]),
        (
            ["s3:AbortMultipartUpload", "s3:PutObject"],
            [bucket.arn_for_objects(f"{prefix}/*") for prefix in written],
        ),
        # Without it S3 answers 403 for an upload that is not there.
        (["s3:ListBucket"], [bucket.bucket_arn]),
        (["sns:Publish"], [topic.topic_arn for topic in topics]),
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
    acknowledge_prefixes(role, bucket, [*read, *written], "one object for each upload or job")
    acknowledge(
        role,
        {
            "AwsSolutions-IAM5[Resource::*]": (
                "Metrics, here of two namespaces, and leave to log in to the registry know no resources to name."
            ),
        },
    )
    return role
