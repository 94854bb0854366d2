"""The dashboard and the alarms of a stage."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Protocol

import aws_cdk as cdk
import cdk_monitoring_constructs as monitoring
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.alarms import DAY, HOUR, Watch, watch_api, watch_endpoint, watch_function
from infra.constructs.endpoint_metrics import endpoint_metric
from infra.constructs.receipts import Receipts
from infra.contracts import contract_routes


class Endpoint(Protocol):
    """What is used of an asynchronous endpoint."""

    @property
    def endpoint_name(self) -> str:
        """As SageMaker knows it."""

    @property
    def variant_name(self) -> str:
        """Of the one variant it has."""


class Monitoring(Construct):
    """A dashboard of the functions, the API, the endpoints and what they cost, and alarms to `alarm_topic`.

    `functions` are the aliases that callers use, by the functions' names; `kept_ready` names those with provisioned
    concurrency. `daily_usd` is what one function's receipts may come to in a day without an alarm. `.alarms` holds each
    alarm by its heading in docs/operations.md and, where there are several, the function: "errors semantic", "api-5xx".
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, lambda_.IFunction],
        api: apigateway.RestApi,
        endpoints: Mapping[str, Endpoint],
        alarm_topic: sns.ITopic,
        kept_ready: Collection[str],
        daily_usd: Decimal,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        stage_name = api.deployment_stage.stage_name
        receipts = {name: Receipts(name, stage_name, contract_routes(name)) for name in functions}
        # Dashboards are an account's, not a region's.
        self.dashboard_name = f"{stack.stack_name}-{stack.region}"
        self._notify = actions.SnsAction(alarm_topic)
        self.alarms: dict[str, cw.Alarm] = {}
        for name, function in functions.items():
            watched = watch_function(name, function, receipts[name], daily_usd, kept_ready=name in kept_ready)
            self._watch(watched, name)
        self._watch(watch_api(api))
        for name, endpoint in endpoints.items():
            self._watch(watch_endpoint(name, endpoint.endpoint_name, endpoint.variant_name), name)
        _let_alarms_publish(alarm_topic, stack)

        facade = monitoring.MonitoringFacade(
            self,
            "Dashboard",
            dashboard_factory=monitoring.DefaultDashboardFactory(
                self,
                "Factory",
                dashboard_name_prefix=self.dashboard_name,
                create_summary_dashboard=False,
                create_alarm_dashboard=False,
                detail_dashboard_range=cdk.Duration.hours(24),
            ),
        )
        facade.add_widget(cw.AlarmStatusWidget(title="Alarms", alarms=[*self.alarms.values()], width=24, height=3))
        facade.add_large_header("Cost")
        for widget in _cost_widgets(receipts):
            facade.add_widget(widget)
        facade.monitor_api_gateway(api=api, human_readable_name="API")
        for name, function in functions.items():
            facade.monitor_lambda_function(
                lambda_function=function,
                human_readable_name=name,
                alarm_friendly_name=name,
                latency_types_to_render=[monitoring.LatencyType.P50, monitoring.LatencyType.P95],
            )
        if endpoints:
            facade.add_large_header("Asynchronous endpoints")
        for name, endpoint in endpoints.items():
            for widget in _endpoint_widgets(name, endpoint.endpoint_name):
                facade.add_widget(widget)
        self.dashboard = facade.created_dashboard()

    def _watch(self, watches: Iterator[Watch], name: str = "") -> None:
        for watch in watches:
            key = f"{watch.key} {name}".strip()
            alarm = cw.Alarm(
                self,
                key.title().replace(" ", "").replace("-", ""),
                alarm_name=f"{cdk.Stack.of(self).stack_name}-{key.replace(' ', '-')}",
                alarm_description=watch.description,
                metric=watch.metric,
                threshold=watch.above,
                comparison_operator=cw.ComparisonOperator.GREATER_THAN_THRESHOLD,
                evaluation_periods=watch.periods,
                # No calls, no data, nothing wrong.
                treat_missing_data=cw.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(self._notify)
            alarm.add_ok_action(self._notify)
            self.alarms[key] = alarm


def _let_alarms_publish(topic: sns.ITopic, stack: cdk.Stack) -> None:
    """A topic with any policy of its own loses the default one, which let the account's alarms in."""
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sns:Publish"],
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            resources=[topic.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": stack.format_arn(service="cloudwatch", resource="alarm:*")},
            },
        )
    )


def _cost_widgets(receipts: Mapping[str, Receipts]) -> Iterator[cw.IWidget]:
    shown = {name: found for name, found in receipts.items() if found.routes}

    def graph(title: str, unit: str, period: cdk.Duration, expression: str, *, stacked: bool = False) -> cw.GraphWidget:
        lines = [
            cw.MathExpression(
                expression=_filled(expression, found, period), label=name, using_metrics={}, period=period
            )
            for name, found in shown.items()
        ]
        return cw.GraphWidget(
            title=title, left=[*lines], width=8, height=6, stacked=stacked, left_y_axis={"label": unit, "min": 0}
        )

    yield graph("Cost a day (receipts)", "USD", DAY, "CostUsd", stacked=True)
    yield graph("Cost per thousand images", "USD", HOUR, "1000 * CostUsd / Images")
    yield graph("Images an hour", "images", HOUR, "Images", stacked=True)
    yield graph("Billed GB-seconds an hour", "GB-s", HOUR, "GbSeconds", stacked=True)
    yield graph("Billed time an hour", "ms", HOUR, "BilledMs", stacked=True)
    yield graph("Cold starts an hour", "calls", HOUR, "ColdStart", stacked=True)


def _filled(expression: str, receipts: Receipts, period: cdk.Duration) -> str:
    """`expression` with every metric name as the search for it."""
    words = (receipts.search(word, period) if word[0].isalpha() else word for word in expression.split())
    return " ".join(words)


def _endpoint_widgets(name: str, endpoint_name: str) -> Iterator[cw.IWidget]:
    minute = cdk.Duration.minutes(1)
    for title, metric_name, unit in (
        ("jobs waiting or running", "ApproximateBacklogSize", "jobs"),
        ("age of the oldest job", "ApproximateAgeOfOldestRequest", "s"),
        ("jobs without an instance", "HasBacklogWithoutCapacity", "0 or 1"),
    ):
        yield cw.GraphWidget(
            title=f"{name}: {title}",
            left=[endpoint_metric(endpoint_name, metric_name, "Maximum", minute)],
            width=8,
            height=6,
            left_y_axis={"label": unit, "min": 0},
        )
