"""Checks of the account: who asks, where, and whether the CDK may deploy there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

import pricing
from ops.aws import CHOOSE_REGION, Aws, Unanswered, answered
from ops.doctor.findings import Finding, blocked, ok, skipped, warning

BOOTSTRAP: Final = "/cdk-bootstrap/hnb659fds/version"
# What an app with image assets asks of the bootstrap stack.
BOOTSTRAP_VERSION: Final = 6


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; None where nobody can be named."""

    account: str | None
    findings: tuple[Finding, ...]


def check_caller(aws: Aws) -> Caller:
    """Region and credentials."""
    found = [_region(aws.region)]
    if aws.region is None:
        return Caller(None, (*found, skipped("Credentials", "not checked: a region is needed", CHOOSE_REGION)))
    try:
        identity = answered(lambda: aws.clients("sts").get_caller_identity())
    except Unanswered as error:
        return Caller(None, (*found, blocked("Credentials", str(error), error.fix)))
    except ClientError as error:
        return Caller(None, (*found, blocked("Credentials", str(error), "aws sts get-caller-identity says more")))
    account = str(identity["Account"])
    return Caller(account, (*found, ok("Credentials", f"account {account}, {identity['Arn'].rpartition(':')[2]}")))


def check_bootstrap(aws: Aws) -> Iterator[Finding]:
    """Whether the CDK's own stack is there: it holds the image repository and the roles a deploy takes on."""
    fix = f"make bootstrap REGION={aws.region}"
    ssm = aws.clients("ssm")

    def parameter() -> Any:
        return ssm.get_parameter(Name=BOOTSTRAP)["Parameter"]["Value"]

    try:
        version = int(answered(parameter))
    except Unanswered as error:
        yield warning("Bootstrap", str(error), error.fix)
    except ssm.exceptions.ParameterNotFound:
        yield blocked("Bootstrap", f"this account is not prepared for the CDK in {aws.region}", fix)
    else:
        if version < BOOTSTRAP_VERSION:
            yield blocked("Bootstrap", f"version {version}; {BOOTSTRAP_VERSION} or newer is needed", fix)
        else:
            yield ok("Bootstrap", f"version {version}")


def _region(region: str | None) -> Finding:
    if region is None:
        return blocked("Region", "none is chosen", CHOOSE_REGION)
    if pricing.load(region) is None:
        fix = f"python -m ops prices refresh --region {region}"
        return warning("Region", f"{region} has no price table, so receipts will have no prices", fix)
    return ok("Region", region)
