"""The metrics that SageMaker publishes for an asynchronous endpoint.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cw

NAMESPACE = "AWS/SageMaker"


def endpoint_metric(
    endpoint_name: str, name: str, statistic: str, period: cdk.Duration, **dimensions: str
) -> cw.Metric:
    """Return the metric `name` of an endpoint; `dimensions` are those beside the endpoint's name."""
    return cw.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"EndpointName": endpoint_name, **dimensions},
        statistic=statistic,
        period=period,
    )
