"""What is watched, from which value on it deserves somebody's attention, and what to look at first."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_lambda as lambda_

from infra.constructs.endpoint_metrics import endpoint_metric
from infra.constructs.receipts import ALARM_METRICS, Receipts

FIVE_MINUTES = cdk.Duration.minutes(5)
HOUR = cdk.Duration.hours(1)
DAY = cdk.Duration.days(1)

# Callers give up after the gateway's 29 s; a batch may take up to its soft deadline of 25 s.
LATENCY_MS = 10_000
COLD_START_PERCENT = 10
# With fewer calls in an hour, each visit after a pause is a cold start, and nothing is wrong.
COLD_START_CALLS = 20
# An endpoint that comes up from zero instances takes minutes.
BACKLOG_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Watch:
    """One alarm: `metric` above `above`, `periods` times in a row. `key` is its heading in docs/operations.md."""

    key: str
    metric: cw.IMetric
    above: float
    periods: int
    meaning: str
    first: str

    @property
    def description(self) -> str:
        """What whoever is called reads first."""
        return f"{self.meaning} First: {self.first} See docs/operations.md#{self.key}."


def watch_function(
    name: str, function: lambda_.IFunction, receipts: Receipts, daily_usd: Decimal, *, kept_ready: bool
) -> Iterator[Watch]:
    """The alarms of one function, seen through the alias that callers use.

    Only where environments are `kept_ready` is there anything to spill over.
    """
    yield Watch(
        "errors",
        function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
        above=2,
        periods=1,
        meaning=f"{name} broke off calls: a timeout, a crash or memory that ran out.",
        first="the function's log, the last lines before REPORT.",
    )
    yield Watch(
        "latency",
        function.metric_duration(period=FIVE_MINUTES, statistic="p95"),
        above=LATENCY_MS,
        periods=3,
        meaning=f"One call in twenty to {name} takes longer than {LATENCY_MS // 1000} s.",
        first="timing_ms in the answers: queue, fetch and inference.",
    )
    yield Watch(
        "throttles",
        function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
        above=0,
        periods=2,
        meaning=f"Calls to {name} are turned away: every environment it may have is busy.",
        first="concurrent executions beside the reserved concurrency.",
    )
    if kept_ready:
        yield Watch(
            "spill-over",
            function.metric("ProvisionedConcurrencySpilloverInvocations", period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            periods=3,
            meaning=f"{name} has more calls than environments kept ready; the rest run on demand, some of them cold.",
            first="provisioned concurrency: its maximum, and whether it follows the load.",
        )
    if receipts.routes:
        yield _cold_starts(name, function, receipts)
        yield _daily_cost(name, receipts, daily_usd)


def watch_api(api: apigateway.RestApi) -> Iterator[Watch]:
    """The alarm of the API as callers see it."""
    yield Watch(
        "api-5xx",
        api.deployment_stage.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
        above=4,
        periods=1,
        meaning="Callers were answered with 5xx.",
        first="the access log: status, and which function.",
    )


def watch_endpoint(name: str, endpoint_name: str, variant: str) -> Iterator[Watch]:
    """The alarms of one asynchronous endpoint, by what SageMaker counts itself."""
    yield Watch(
        "backlog-age",
        endpoint_metric(endpoint_name, "ApproximateAgeOfOldestRequest", "Maximum", FIVE_MINUTES),
        above=BACKLOG_SECONDS,
        periods=2,
        meaning=f"A job for {name} has waited longer than {BACKLOG_SECONDS // 60} minutes.",
        first="the endpoint's instances and scaling activities: one that cannot be had is the usual reason.",
    )
    yield Watch(
        "failed-jobs",
        # Not by the topic of failures, which is silent where SageMaker cannot publish to it.
        cw.MathExpression(
            expression="FILL(failed, 0) + FILL(expired, 0)",
            using_metrics={
                "failed": endpoint_metric(
                    endpoint_name, "InvocationFailures", "Sum", FIVE_MINUTES, VariantName=variant
                ),
                "expired": endpoint_metric(endpoint_name, "ExpiredRequests", "Sum", FIVE_MINUTES, VariantName=variant),
            },
            label="jobs",
            period=FIVE_MINUTES,
        ),
        above=0,
        periods=1,
        meaning=f"Jobs for {name} failed or were not come to: the service's own fault, not a caller's.",
        first="GET /jobs/{id}, and the endpoint's log.",
    )


def _cold_starts(name: str, function: lambda_.IFunction, receipts: Receipts) -> Watch:
    cold, metrics = receipts.total("ColdStart", HOUR)
    if len(metrics) + 1 > ALARM_METRICS:
        raise ValueError(f"{name} has {len(metrics)} routes; an alarm adds up at most {ALARM_METRICS} metrics")
    calls = {"calls": function.metric_invocations(period=HOUR, statistic="Sum")}
    return Watch(
        "cold-starts",
        cw.MathExpression(
            expression=f"IF(calls >= {COLD_START_CALLS}, 100 * ({cold}) / calls, 0)",
            using_metrics=metrics | calls,
            label="cold starts, % of calls",
            period=HOUR,
        ),
        above=COLD_START_PERCENT,
        periods=1,
        meaning=f"More than {COLD_START_PERCENT} % of an hour's calls to {name} waited for a cold start.",
        first="provisioned concurrency beside the hour's peak of concurrent executions.",
    )


def _daily_cost(name: str, receipts: Receipts, daily_usd: Decimal) -> Watch:
    total, metrics = receipts.total("CostUsd", DAY)
    return Watch(
        "daily-cost",
        cw.MathExpression(expression=total, using_metrics=metrics, label="USD", period=DAY),
        above=float(daily_usd),
        periods=1,
        meaning=f"The receipts of {name} passed {daily_usd} USD in a day.",
        first="cost a day and cost per thousand images on the dashboard: more pictures, or dearer ones?",
    )
