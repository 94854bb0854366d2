"""The bucket that holds uploads and jobs for a day."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledgments import acknowledge

# The prefix of the pictures that callers have uploaded.
UPLOADS = "uploads"


class JobsBucket(Construct):
    """The private bucket of uploads, inputs, outputs, failures and the jobs' own records: all of it gone in a day.

    S3 counts whole days and begins with the next midnight, UTC, so an object stays for 24 to 48 hours; the function
    knows nothing that is older than 24. Browsers may post uploads from `cors_origins`.
    """

    def __init__(self, scope: Construct, construct_id: str, *, cors_origins: Sequence[str] = ()) -> None:
        super().__init__(scope, construct_id)
        day = cdk.Duration.days(1)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            # Versions would outlive the day.
            versioned=False,
            lifecycle_rules=[s3.LifecycleRule(expiration=day, abort_incomplete_multipart_upload_after=day)],
            cors=[s3.CorsRule(allowed_methods=[s3.HttpMethods.POST], allowed_origins=[*cors_origins], max_age=3600)]
            if cors_origins
            else None,
            # Only an empty bucket could be deleted with the stack; this one empties itself.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        acknowledge(
            self.bucket,
            {"AwsSolutions-S1": "What is in it is gone in a day; access logs would keep its names for longer."},
        )


def acknowledge_prefixes(role: iam.Role, bucket: s3.IBucket, prefixes: Sequence[str], what: str) -> None:
    """Acknowledge that `role` may reach all objects below `prefixes`: their names are known only as they are made."""
    stack = cdk.Stack.of(role)
    arn = stack.resolve(bucket.bucket_arn)
    owner = arn["Fn::GetAtt"][0] if isinstance(arn, dict) and "Fn::GetAtt" in arn else None
    named = f"<{owner}.Arn>" if owner else bucket.bucket_arn
    acknowledge(
        role,
        {f"AwsSolutions-IAM5[Resource::{named}/{prefix}/*]": f"Named as they come: {what}." for prefix in prefixes},
    )
