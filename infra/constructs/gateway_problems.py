"""What the gateway answers by itself, in the shape of the services' own problems (RFC 9457)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway

MEDIA_TYPE = "application/problem+json"
# When the quota's period ends is not known here: an hour keeps callers from asking again at once.
QUOTA_RETRY_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class GatewayProblem:
    """An answer that no function makes. Nothing of the request is in it, and none of the gateway's own words."""

    status: int
    code: str
    title: str
    detail: str
    retry_after_seconds: int | None = None

    @property
    def body(self) -> str:
        """The template: JSON but for the request's id, which the gateway fills in."""
        return json.dumps(
            {
                "type": f"urn:imajin:problem:{self.code}",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
                "code": self.code,
                "request_id": "$context.requestId",
                "retryable": self.status in (429, 502, 504),
            }
        )


NOT_FOUND = GatewayProblem(
    404, "not_found", "There is nothing at this path", "the paths are /semantic/..., /aesthetic/..., /uploads and /jobs"
)
METHOD_NOT_ALLOWED = GatewayProblem(
    405, "method_not_allowed", "This path does not take that method", "the Allow header says which it takes"
)
_BAD_REQUEST = GatewayProblem(400, "bad_request", "The request cannot be read", "the gateway cannot read the request")
_ACCESS_DENIED = GatewayProblem(
    403, "access_denied", "Access is denied", "the caller may not do this; it has to be allowed to execute-api:Invoke"
)
_BAD_GATEWAY = GatewayProblem(
    502, "bad_gateway", "The function did not answer", "the function failed, or has no room for another call"
)
_TIMEOUT = GatewayProblem(
    504, "gateway_timeout", "The function did not answer in time", "the gateway waits no longer than 29 s"
)

RESPONSES: dict[str, GatewayProblem] = {
    "ACCESS_DENIED": _ACCESS_DENIED,
    "API_CONFIGURATION_ERROR": _BAD_GATEWAY,
    "AUTHORIZER_CONFIGURATION_ERROR": _BAD_GATEWAY,
    "AUTHORIZER_FAILURE": _BAD_GATEWAY,
    "BAD_REQUEST_BODY": _BAD_REQUEST,
    "BAD_REQUEST_PARAMETERS": _BAD_REQUEST,
    "DEFAULT_4XX": _BAD_REQUEST,
    "DEFAULT_5XX": _BAD_GATEWAY,
    "EXPIRED_TOKEN": GatewayProblem(
        403, "expired_token", "The credentials have expired", "the request is signed with credentials of the past"
    ),
    "INTEGRATION_FAILURE": _TIMEOUT,
    "INTEGRATION_TIMEOUT": _TIMEOUT,
    "INVALID_API_KEY": GatewayProblem(
        403, "invalid_api_key", "There is no valid API key", "send a key of this API in the header x-api-key"
    ),
    "INVALID_SIGNATURE": GatewayProblem(
        403, "invalid_signature", "The signature is wrong", "sign the request with AWS Signature Version 4"
    ),
    "MISSING_AUTHENTICATION_TOKEN": GatewayProblem(
        403, "missing_authentication", "The request is not signed", "sign the request with AWS Signature Version 4"
    ),
    "QUOTA_EXCEEDED": GatewayProblem(
        429, "quota_exceeded", "The key's quota is used up", "wait for the next period", QUOTA_RETRY_SECONDS
    ),
    "REQUEST_TOO_LARGE": GatewayProblem(
        413,
        "payload_too_large",
        "The request is too large",
        "a function takes 6 MB, base64 included, and the gateway 10 MB; POST /uploads takes larger pictures",
    ),
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "THROTTLED": GatewayProblem(429, "throttled", "There are too many requests", "send fewer in a second", 1),
    "UNAUTHORIZED": GatewayProblem(401, "unauthorized", "The caller is not known", "send credentials of this API"),
    "UNSUPPORTED_MEDIA_TYPE": GatewayProblem(
        415, "unsupported_media_type", "The content type is not supported", "nothing here takes that content type"
    ),
    "WAF_FILTERED": GatewayProblem(
        403,
        "filtered",
        "The firewall does not let this through",
        "it matches a rule of the firewall, or its address sends too many",
    ),
}


def add_gateway_responses(api: apigateway.RestApi, cors_origins: Sequence[str]) -> None:
    """Answer whatever the gateway refuses with a problem.

    Its answers are the same for every origin, and CORS lets them name one: with several allowed they name none.
    """
    for kind, problem in RESPONSES.items():
        headers = {"Content-Type": f"'{MEDIA_TYPE}'"}
        if problem.retry_after_seconds is not None:
            headers["Retry-After"] = f"'{problem.retry_after_seconds}'"
        if len(cors_origins) == 1:
            headers["Access-Control-Allow-Origin"] = f"'{cors_origins[0]}'"
        api.add_gateway_response(
            kind,
            type=apigateway.ResponseType.of(kind),
            status_code=str(problem.status),
            response_headers=headers,
            # The request's Accept header decides between the two; Content-Type says the same in either case.
            templates=dict.fromkeys(("application/json", MEDIA_TYPE), problem.body),
        )
