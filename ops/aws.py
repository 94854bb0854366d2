"""An account and a region as boto3 clients; and what would help when AWS gives no answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import boto3
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from ops.errors import OpsError

Clients: TypeAlias = Callable[[str], Any]
"""A boto3 client by the name of its service."""
Answer = TypeVar("Answer")

LOG_IN: Final = "aws configure, or aws sso login and export AWS_PROFILE=..."
CHOOSE_REGION: Final = "export AWS_REGION=us-east-1, or aws configure set region us-east-1"
# Lambda's longest answer to a canary is the function's own timeout.
_QUICK: Final = Config(connect_timeout=5, read_timeout=75, retries={"mode": "standard", "total_max_attempts": 3})
_LOG_IN_CODES: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
    }
)
# No, half, or expired ones; the single sign-on's among them.
_CREDENTIALS: Final = (
    *(NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError, SSOError),
)


class Unanswered(OpsError):
    """AWS did not answer what was asked; `fix` is what would make it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Aws:
    """Where to deploy to. `region` is None where none is chosen; clients cannot be had then.

    `credentials` finds those that requests to an API are signed with.
    """

    clients: Clients
    region: str | None
    credentials: Callable[[], ReadOnlyCredentials | None] = lambda: None


def connect(region: str | None) -> Aws:
    """The account of the environment's credentials, if it has any, in `region` or the environment's.

    Raises OpsError where the environment names a profile that there is not.
    """
    try:
        session = boto3.Session(region_name=region or os.environ.get("AWS_REGION"))
    except ProfileNotFound as error:
        raise OpsError(f"{error}: aws configure list-profiles shows the known ones") from error

    def credentials() -> ReadOnlyCredentials | None:
        found = session.get_credentials()
        return found.get_frozen_credentials() if found else None

    return Aws(lambda service: session.client(service, config=_QUICK), session.region_name, credentials)


def answered(ask: Callable[[], Answer]) -> Answer:
    """What `ask` gets from AWS. Raises Unanswered where that is credentials, permission or the way there.

    Any other refusal is an answer, and is left to the caller as the ClientError it is.
    """
    try:
        return ask()
    except _CREDENTIALS as error:
        raise Unanswered(f"there are no AWS credentials ({error})", LOG_IN) from error
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _LOG_IN_CODES:
            raise Unanswered(f"AWS rejects the credentials ({code})", LOG_IN) from error
        if "AccessDenied" in code or code == "UnauthorizedOperation":
            action = f"{error.operation_name}"
            raise Unanswered(
                f"the credentials may not call {action}", f"allow {action}, or use credentials that may call it"
            ) from error
        raise
    except BotoCoreError as error:
        raise Unanswered(
            f"AWS cannot be called ({error})", "check the network, the region's name and HTTPS_PROXY"
        ) from error
