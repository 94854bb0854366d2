"""The REST API in front of the functions: who may call what, how often, and what is written down of it."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import Authentication, Period, Quota, Throttle
from infra.constructs.acknowledgments import acknowledge
from infra.constructs.gateway_answers import answer_alive, answer_method_not_allowed, answer_not_found
from infra.constructs.gateway_problems import add_gateway_responses
from infra.constructs.gateway_stage import stage_options
from infra.constructs.image_function import RETENTION

# Pictures come as bytes under these types alone. With */* JSON, too, would come as base64, a third longer.
BINARY_MEDIA_TYPES = ("image/jpeg", "image/jpg", "image/png", "image/webp")
# As long as the gateway waits without a raised quota; batches end before it.
TIMEOUT_SECONDS = 29
PERIODS: dict[Period, apigateway.Period] = {
    "day": apigateway.Period.DAY,
    "week": apigateway.Period.WEEK,
    "month": apigateway.Period.MONTH,
}
DOCUMENTATION = ("docs", "openapi.json")
CORS_HEADERS = (
    *("Authorization", "Content-Type", "Idempotency-Key", "X-Amz-Date", "X-Amz-Security-Token", "X-Api-Key"),
    "X-Request-Id",
)
LOG_WRITING_POLICY = "AmazonAPIGatewayPushToCloudWatchLogs"
ACKNOWLEDGED = {
    "AwsSolutions-APIG2": "The functions read the bodies, pictures among them, and refuse each fault by its own name.",
    "AwsSolutions-COG4": "Callers are programs: they sign with IAM or hold a key, and there are no users to pool.",
    f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{LOG_WRITING_POLICY}]": (
        "The role is the account's for API Gateway, which writes a log group for every stage by names of its own."
    ),
    "Serverless-APIGWXrayEnabled": "A stage's trace keeps the URL and its query: labels, prompts, filters asked for.",
}
PUBLIC = {"AwsSolutions-APIG4": "It is for anyone on purpose, within a small share of requests, and tells no secret."}
KEY_ALONE = {"AwsSolutions-APIG4": "Configured to take a key alone, which is enough for a stage to try things in."}


class Api(Construct):
    """`/<name>/...` for each of `services`, `POST /` for `root`, and 404 for the rest.

    Every method takes a key, which meters and throttles; under `iam` it takes a signature besides. Only `/live`, which
    wakes nothing, and with `public_docs` the services' documentation are for anyone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: str,
        services: Mapping[str, lambda_.IFunction],
        root: str,
        authentication: Authentication,
        throttle: Throttle,
        quota: Quota,
        api_keys: Sequence[str],
        cors_origins: Sequence[str],
        public_docs: bool,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self.access_log = logs.LogGroup(
            self, "AccessLog", retention=RETENTION[log_retention_days], removal_policy=cdk.RemovalPolicy.DESTROY
        )
        pages = [f"/{name}/{page}" for name in services for page in DOCUMENTATION if public_docs]
        iam = apigateway.AuthorizationType.IAM
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            rest_api_name=f"imajin-{stage}",
            description=f"imajin, stage {stage}",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            binary_media_types=list(BINARY_MEDIA_TYPES),
            cloud_watch_role=True,
            default_method_options=apigateway.MethodOptions(
                api_key_required=True,
                authorization_type=iam if authentication == "iam" else apigateway.AuthorizationType.NONE,
            ),
            default_cors_preflight_options=_preflight(cors_origins),
            deploy_options=stage_options(
                stage, throttle=throttle, access_log=self.access_log, public=["/live", *pages]
            ),
        )
        self._keep_execution_log(stage, log_retention_days)
        add_gateway_responses(self.rest_api, cors_origins)
        for name, function in services.items():
            self._add_service(name, function, public_docs=public_docs)
        self.rest_api.root.add_method("POST", _integration(services[root]))
        answer_method_not_allowed(self.rest_api.root, "POST")
        acknowledge(answer_alive(self.rest_api.root.add_resource("live")), PUBLIC)
        answer_not_found(self.rest_api.root.add_resource("{proxy+}"))
        self.key = self._add_keys(api_keys, throttle, quota)
        acknowledge(self.rest_api, ACKNOWLEDGED)
        if authentication == "api_key":
            acknowledge(self.rest_api, KEY_ALONE)

    def add_route(self, method: str, path: str, function: lambda_.IFunction) -> None:
        """Let `function` answer `method` at `path`; other methods there are answered with 405."""
        resource = self.rest_api.root.resource_for_path(path)
        resource.add_method(method, _integration(function))
        answer_method_not_allowed(resource, method)

    def _keep_execution_log(self, stage: str, days: int) -> None:
        """Make the log of the gateway's own errors; made by the gateway, under this name, it would be kept for ever."""
        log = logs.LogGroup(
            self,
            "ExecutionLog",
            log_group_name=f"API-Gateway-Execution-Logs_{self.rest_api.rest_api_id}/{stage}",
            retention=RETENTION[days],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.rest_api.deployment_stage.node.add_dependency(log)

    def _add_service(self, name: str, function: lambda_.IFunction, *, public_docs: bool) -> None:
        resource = self.rest_api.root.add_resource(name)
        resource.add_method("ANY", _integration(function))
        resource.add_resource("{proxy+}").add_method("ANY", _integration(function))
        if public_docs:
            for page in DOCUMENTATION:
                document = resource.add_resource(page)
                method = document.add_method(
                    "GET",
                    _integration(function),
                    api_key_required=False,
                    authorization_type=apigateway.AuthorizationType.NONE,
                )
                acknowledge(method, PUBLIC)
                answer_method_not_allowed(document, "GET")

    def _add_keys(self, numbers: Sequence[str], throttle: Throttle, quota: Quota) -> apigateway.IApiKey:
        """Make a usage plan and its keys, and return the last; their values are API Gateway's, and in no template.

        A key's value never changes: to rotate one, another number makes another key beside it, and leaving a number out
        removes that key and no other.
        """
        plan = self.rest_api.add_usage_plan(
            "UsagePlan",
            name=self.rest_api.rest_api_name,
            throttle=apigateway.ThrottleSettings(rate_limit=throttle.requests_per_second, burst_limit=throttle.burst),
            quota=apigateway.QuotaSettings(limit=quota.requests, period=PERIODS[quota.period]),
            api_stages=[apigateway.UsagePlanPerApiStage(api=self.rest_api, stage=self.rest_api.deployment_stage)],
        )
        keys = [self.rest_api.add_api_key("Key" if number == "1" else f"Key{number}") for number in numbers]
        for key in keys:
            plan.add_api_key(key)
        return keys[-1]


def _integration(function: lambda_.IFunction) -> apigateway.LambdaIntegration:
    return apigateway.LambdaIntegration(
        function, timeout=cdk.Duration.seconds(TIMEOUT_SECONDS), allow_test_invoke=False
    )


def _preflight(origins: Sequence[str]) -> apigateway.CorsOptions | None:
    """Let browsers on pages of `origins` ask; answered by the gateway."""
    if not origins:
        return None
    return apigateway.CorsOptions(
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=list(CORS_HEADERS),
        max_age=cdk.Duration.hours(1),
    )
