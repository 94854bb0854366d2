"""The metrics that the functions' receipts go out as: one namespace, by function, route and stage."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cw

NAMESPACE = "Imajin"
# What an alarm may add up, by CloudWatch's quota.
ALARM_METRICS = 10


@dataclass(frozen=True, slots=True)
class Receipts:
    """Metrics of one function in one stage. `stage` may be a token."""

    function: str
    stage: str
    routes: Sequence[str]

    def search(self, name: str, period: cdk.Duration) -> str:
        """An expression for dashboards: the sum over every route that there is. Alarms may not search."""
        where = f'MetricName="{name}" Function="{self.function}" Stage="{self.stage}"'
        return f"SUM(SEARCH('{{{NAMESPACE},Function,Route,Stage}} {where}', 'Sum', {period.to_seconds():.0f}))"

    def total(self, name: str, period: cdk.Duration) -> tuple[str, dict[str, cw.IMetric]]:
        """An expression for alarms, and the metrics it adds up, one a route. A route without data counts as 0."""
        metrics: dict[str, cw.IMetric] = {
            f"route{index}": cw.Metric(
                namespace=NAMESPACE,
                metric_name=name,
                dimensions_map={"Function": self.function, "Route": route, "Stage": self.stage},
                statistic="Sum",
                period=period,
            )
            for index, route in enumerate(self.routes)
        }
        return " + ".join(f"FILL({name}, 0)" for name in metrics), metrics
