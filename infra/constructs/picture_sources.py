"""Where the functions may read pictures from: told to them by environment, and allowed to their roles."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.config import Config
from infra.constructs.acknowledgments import acknowledge


def environment(config: Config) -> dict[str, str]:
    """Return the variables that the functions' settings read; what is off has none."""
    lists = {
        "ALLOWED_URL_HOSTS": config.allowed_url_hosts,
        "ALLOWED_S3": config.allowed_s3,
        "CORS_ORIGINS": config.cors_origins,
    }
    return {name: ",".join(entries) for name, entries in lists.items() if entries}


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
