"""Methods that the gateway answers itself, whatever is sent: they wake no function."""

import json
from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

from infra.constructs.gateway_problems import MEDIA_TYPE, METHOD_NOT_ALLOWED, NOT_FOUND, GatewayProblem

# A mock integration answers by a template for the content type of the request; without one it is application/json.
CONTENT_TYPES = (
    *("application/json", "application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data"),
    *("image/jpeg", "image/jpg", "image/png", "image/webp", "text/plain"),
)


def answer_alive(resource: apigateway.IResource) -> apigateway.Method:
    """GET says that the API is there, to anyone."""
    headers = _headers("application/json")
    answer_method_not_allowed(resource, "GET")
    return resource.add_method(
        "GET",
        _mock(200, json.dumps({"status": "alive"}), headers),
        api_key_required=False,
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=_responses(200, headers),
    )


def answer_not_found(resource: apigateway.IResource) -> None:
    """Every method says that there is nothing here."""
    _refuse(resource, NOT_FOUND, _headers(MEDIA_TYPE))


def answer_method_not_allowed(resource: apigateway.IResource, allow: str) -> None:
    """Every method that the resource does not have says that `allow` is what it takes."""
    _refuse(resource, METHOD_NOT_ALLOWED, _headers(MEDIA_TYPE, Allow=allow))


def _refuse(resource: apigateway.IResource, problem: GatewayProblem, headers: Mapping[str, str]) -> None:
    resource.add_method(
        "ANY",
        _mock(problem.status, problem.body, headers),
        method_responses=_responses(problem.status, headers),
    )


def _headers(media_type: str, **others: str) -> dict[str, str]:
    values = {"Content-Type": media_type} | others
    return {f"method.response.header.{name}": f"'{value}'" for name, value in values.items()}


def _mock(status: int, body: str, headers: Mapping[str, str]) -> apigateway.MockIntegration:
    return apigateway.MockIntegration(
        passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
        # Otherwise a picture would arrive as bytes, which no template takes.
        content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
        request_templates=dict.fromkeys(CONTENT_TYPES, json.dumps({"statusCode": status})),
        integration_responses=[
            apigateway.IntegrationResponse(
                status_code=str(status), response_parameters=headers, response_templates={"application/json": body}
            )
        ],
    )


def _responses(status: int, headers: Mapping[str, str]) -> list[apigateway.MethodResponse]:
    return [apigateway.MethodResponse(status_code=str(status), response_parameters=dict.fromkeys(headers, True))]
