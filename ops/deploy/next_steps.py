"""What an operator needs next, once a stage answers as it should."""

from __future__ import annotations

from typing import Final

from infra.config import Authentication
from ops.deploy.outputs import Outputs

PICTURE: Final = "models/demo/examples/2.jpg"
_SIGNATURE: Final = (
    '--aws-sigv4 "aws:amz:{region}:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" '
    '-H "x-amz-security-token: $AWS_SESSION_TOKEN" '
)


def read_key(outputs: Outputs, region: str) -> str:
    """The command that prints the key."""
    return (
        f"aws apigateway get-api-key --api-key {outputs.key_id} --include-value "
        f"--query value --output text --region {region}"
    )


def first_call(outputs: Outputs, region: str, authentication: Authentication) -> list[str]:
    """Commands that ask about a picture: the key into a variable, under IAM the credentials too, and the call."""
    lines = [f'KEY="$({read_key(outputs, region)})"']
    signature = ""
    if authentication == "iam":
        lines.append('eval "$(aws configure export-credentials --format env)"')
        signature = _SIGNATURE.format(region=region)
    lines.append(
        f"curl -s '{outputs.url}semantic/detect?min_confidence=0.5' {signature}"
        f'-H "x-api-key: $KEY" -H "content-type: image/jpeg" --data-binary @{PICTURE}'
    )
    return lines


def next_steps(outputs: Outputs, region: str, authentication: Authentication) -> str:
    """URL, key, dashboard, and a call that works."""
    commands = "\n".join(f"  {line}" for line in first_call(outputs, region, authentication))
    return (
        f"URL        {outputs.url}\n"
        f"Key        {read_key(outputs, region)}\n"
        f"Dashboard  {outputs.dashboard}\n\n"
        f"Try it with a picture:\n\n{commands}"
    )
