"""Where the functions may read pictures from: told to them by environment, and allowed to their roles."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from infra.config import Config
from infra.constructs.acknowledgments import acknowledge
from infra.constructs.jobs_bucket import UPLOADS, acknowledge_prefixes


def picture_environment(config: Config, bucket: s3.IBucket) -> dict[str, str]:
    """Return the variables that tell a function where pictures may come from, the uploads in `bucket` included."""
    places = [f"{bucket.bucket_name}/{UPLOADS}", *config.allowed_s3]
    hosts = {"ALLOWED_URL_HOSTS": ",".join(config.allowed_url_hosts)} if config.allowed_url_hosts else {}
    return {"ALLOWED_S3": ",".join(places), **hosts}


def cross_origin_environment(config: Config) -> dict[str, str]:
    """Return the variable that tells a function whose pages may read its answers; none where it is none."""
    return {"CORS_ORIGINS": ",".join(config.cors_origins)} if config.cors_origins else {}


def grant_uploads(role: iam.Role, bucket: s3.IBucket) -> None:
    """Let `role` read what callers have uploaded: the way for pictures that are too large for a request."""
    arn = bucket.arn_for_objects(f"{UPLOADS}/*")
    role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[arn]))
    acknowledge_prefixes(role, bucket, [UPLOADS], "one object for each upload")


def grant_pictures(role: iam.Role, places: Sequence[str]) -> None:
    """Let `role` read the objects in `places` (`bucket` or `bucket/prefix`), and list nothing."""
    for place in places:
        bucket, _, prefix = place.partition("/")
        key = f"{prefix.rstrip('/')}/*" if prefix.rstrip("/") else "*"
        arn = Stack.of(role).format_arn(service="s3", region="", account="", resource=bucket, resource_name=key)
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[arn]))
        acknowledge(
            role,
            {
                f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::{bucket}/{key}]": (
                    "Pictures are named by the caller: this part of the bucket was allowed in the configuration."
                )
            },
        )
