"""Removes a stage, after making sure that it is in this region."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ops.aws import CHOOSE_REGION, Aws, Unanswered, answered
from ops.deploy import cdk
from ops.deploy.outputs import stack_name
from ops.errors import OpsError
from ops.programs import Programs
from ops.stage import Stage


def check_region(aws: Aws) -> str:
    """The region, whose AWS has answered who asks. Raises OpsError.

    The CDK goes on with a region that there is not, and fails late and at length.
    """
    if aws.region is None:
        raise OpsError(f"no region is chosen: {CHOOSE_REGION}")
    try:
        answered(lambda: aws.clients("sts").get_caller_identity())
    except Unanswered as error:
        raise OpsError(f"nothing was done in {aws.region}: {error}; {error.fix}") from error
    except ClientError as error:
        raise OpsError(f"nothing was done in {aws.region}: {error}") from error
    return aws.region


def destroy(stage: Stage, programs: Programs, aws: Aws, *, ask: bool) -> int:
    """Take everything of the stage away; the CDK's exit status. Raises OpsError where the stage is not there.

    The CDK calls a stack destroyed that never was in that region, while the one that was meant goes on and costs.
    """
    region = check_region(aws)
    stack = stack_name(stage.name)
    try:
        answered(lambda: aws.clients("cloudformation").describe_stacks(StackName=stack))
    except Unanswered:
        # Whoever may only take on the CDK's roles may not look; the CDK then does.
        pass
    except ClientError as error:
        if "does not exist" not in str(error):
            raise OpsError(f"nothing was deleted: {error}") from error
        raise OpsError(
            f"there is no stack {stack} in {region}, so nothing was deleted; choose another region with REGION=..."
        ) from error
    return cdk.destroy(stage, programs, region, ask=ask)
