"""A stage of the API: how much it takes, and what is written down of it."""

import json
from collections.abc import Iterable

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs

from infra.config import Throttle

# What anyone may ask for has a small share of its own.
PUBLIC_REQUESTS_PER_SECOND, PUBLIC_BURST = 5, 10
# The route's pattern, never the path; no address, no header, nothing of the query or of a body.
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "integration_status": "$context.integration.status",
    "latency_ms": "$context.responseLatency",
    "integration_latency_ms": "$context.integration.latency",
    "response_bytes": "$context.responseLength",
    "caller": "$context.identity.apiKeyId",
}


def stage_options(
    name: str, *, throttle: Throttle, access_log: logs.ILogGroup, public: Iterable[str]
) -> apigateway.StageOptions:
    """Return the options of the stage; `public` are the paths that GET takes from anyone."""
    # The gateway's own errors; payloads would come with data tracing alone.
    logging_level = apigateway.MethodLoggingLevel.ERROR
    share = apigateway.MethodDeploymentOptions(
        logging_level=logging_level,
        data_trace_enabled=False,
        metrics_enabled=True,
        throttling_rate_limit=PUBLIC_REQUESTS_PER_SECOND,
        throttling_burst_limit=PUBLIC_BURST,
    )
    return apigateway.StageOptions(
        stage_name=name,
        access_log_destination=apigateway.LogGroupLogDestination(access_log),
        access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
        logging_level=logging_level,
        data_trace_enabled=False,
        metrics_enabled=True,
        # A stage's trace keeps the URL and its query, which may hold labels and prompts; the functions' do not.
        tracing_enabled=False,
        throttling_rate_limit=throttle.requests_per_second,
        throttling_burst_limit=throttle.burst,
        method_options={f"{path}/GET": share for path in public},
    )
