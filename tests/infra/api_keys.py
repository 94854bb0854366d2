"""The API by itself, with keys of these numbers."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_

from infra.config import Quota, Throttle
from infra.constructs.api import Api


def template_with_keys(numbers: Sequence[str]) -> dict[str, Any]:
    """Synthesize it; the output KeyId is the key that a deploy asks with."""
    stack = cdk.Stack(cdk.App(), "Imajin-dev")
    function = lambda_.Function.from_function_arn(stack, "Function", "arn:aws:lambda:us-east-1:123456789012:function:x")
    api = Api(
        stack,
        "Api",
        stage="dev",
        services={"semantic": function},
        root="semantic",
        authentication="api_key",
        throttle=Throttle(10, 20),
        quota=Quota(10_000, "day"),
        api_keys=numbers,
        cors_origins=(),
        public_docs=False,
        log_retention_days=14,
    )
    cdk.CfnOutput(stack, "KeyId", value=api.key.key_id)
    return dict(assertions.Template.from_stack(stack).to_json())
