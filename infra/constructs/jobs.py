"""Uploads and jobs: the function that takes them, in front of the bucket that holds them for a day."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Architecture
from infra.constructs.asynchronous_endpoint import AsynchronousEndpoint
from infra.constructs.build_context import ignore_patterns
from infra.constructs.container_image import PLATFORMS
from infra.constructs.image_function import ALIAS, image_function
from infra.constructs.jobs_bucket import UPLOADS, acknowledge_prefixes

# functions/jobs takes an attempt to hand a job over for dead after 60 s: the function must end well before that.
TIMEOUT_SECONDS = 29
# A quarter of a core more than 512 MB gives, for the imports of a cold start; a call itself waits for S3.
MEMORY_MB = 1024
WRITES = (UPLOADS, "jobs", "inputs")
READS = ("jobs", "outputs", "failures")


class Jobs(Construct):
    """The Lambda function of functions/jobs, the alias that callers use, and its role.

    `endpoints` are the GPU endpoints by the function they serve; what has none is answered with how to turn it on.
    `bucket` is theirs, of a JobsBucket. `allowed_s3` are further places that pictures may be named in, as in the
    configuration: the function compares names, and reads none of them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        root: Path,
        architecture: Architecture,
        log_retention_days: int,
        bucket: s3.IBucket,
        endpoints: Mapping[str, AsynchronousEndpoint],
        allowed_s3: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = bucket
        named = {
            f"JOBS_{function.upper()}_ENDPOINT": endpoint.endpoint_name for function, endpoint in endpoints.items()
        }
        places = {"ALLOWED_S3": ",".join(allowed_s3)} if allowed_s3 else {}
        made = image_function(
            self,
            code=lambda_.DockerImageCode.from_image_asset(
                str(root),
                file="functions/jobs/Dockerfile",
                exclude=ignore_patterns(root, "jobs"),
                ignore_mode=cdk.IgnoreMode.DOCKER,
                platform=PLATFORMS[architecture],
            ),
            architecture=architecture,
            memory_mb=MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
            log_retention_days=log_retention_days,
            environment={**environment, **places, **named, "JOBS_BUCKET": self.bucket.bucket_name},
        )
        self.function, self.role, self.log_group = made.function, made.role, made.log_group
        self._grant_storage()
        for endpoint in endpoints.values():
            endpoint.grant_invoke_async(self.role)
        self.alias = lambda_.Alias(self, "Alias", alias_name=ALIAS, version=self.function.current_version)

    def _grant_storage(self) -> None:
        """Let the role write and read its own parts of the bucket, and tell a missing object from a forbidden one."""
        statements = {"s3:PutObject": WRITES, "s3:GetObject": READS}
        for action, prefixes in statements.items():
            resources = [self.bucket.arn_for_objects(f"{prefix}/*") for prefix in prefixes]
            self.role.add_to_policy(iam.PolicyStatement(actions=[action], resources=resources))
        # Without it S3 answers 403 for an object that is not there, as for one that may not be read.
        self.role.add_to_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn]))
        acknowledge_prefixes(self.role, self.bucket, sorted({*WRITES, *READS}), "one object for each upload or job")
