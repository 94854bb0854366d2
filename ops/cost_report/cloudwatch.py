"""A deployed stage's logs, from CloudWatch, and how many environments it keeps ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

import pricing
from ops.aws import Clients, answered
from ops.cost_report.kept import Configured, Kept
from ops.cost_report.sources import Source
from ops.errors import OpsError
from ops.logs.records import read_messages

# Of all lines only those are sent that may be a receipt or a report: any of these terms.
FILTER: Final = '?REPORT ?"platform.report" ?"platform.initReport" ?CloudWatchMetrics'
_ENDPOINT_LOGS: Final = "/aws/sagemaker/Endpoints/"
_GONE: Final = "ResourceNotFoundException"


def read_stack(clients: Clients, stack: str, *, region: str, since: int, until: int) -> tuple[list[Source], list[Kept]]:
    """The logs of every image function and endpoint of `stack` between two times in seconds since 1970.

    Also how many environments each function keeps ready now, taken to be so for all of that time; one that was not
    called has AWS's name for it. Raises OpsError.
    """
    functions: list[str] = []
    endpoints: list[str] = []
    for resource in _items(
        clients("cloudformation"), "list_stack_resources", "StackResourceSummaries", StackName=stack
    ):
        if "PhysicalResourceId" not in resource:
            continue  # one that could not be made
        if resource["ResourceType"] == "AWS::Lambda::Function":
            functions.append(resource["PhysicalResourceId"])
        elif resource["ResourceType"] == "AWS::SageMaker::Endpoint":
            # The stack knows an endpoint by its ARN.
            endpoints.append(resource["PhysicalResourceId"].rpartition("/")[2])
    logs, lambda_ = clients("logs"), clients("lambda")
    sources: list[Source] = []
    kept: list[Kept] = []
    for name in functions:
        configuration = _ask(partial(lambda_.get_function_configuration, FunctionName=name))
        if configuration.get("PackageType") != "Image":
            continue  # of the CDK's own
        group = configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
        source = read_group(logs, group, since=since, until=until)
        sources.append(source)
        if environments := _provisioned(lambda_, name):
            function = next((line.function for line in source.records.receipts), name)
            kept.append(Kept(function, environments, until - since, _configured(configuration, region)))
    sources += [read_group(logs, _ENDPOINT_LOGS + name, since=since, until=until) for name in endpoints]
    return sources, kept


def read_group(client: Any, group: str, *, since: int, until: int) -> Source:
    """The receipts and reports of one log group; a group that was never written to has none. Raises OpsError."""
    return Source(group, read_messages(_messages(client, group, since, until)))


def _messages(client: Any, group: str, since: int, until: int) -> Iterator[str]:
    events = _items(
        client,
        "filter_log_events",
        "events",
        logGroupName=group,
        startTime=since * 1000,
        endTime=until * 1000,
        filterPattern=FILTER,
    )
    try:
        for event in events:
            yield event["message"].rstrip("\r\n")
    except _Gone:
        return


def _provisioned(client: Any, function: str) -> int:
    found = _items(
        client, "list_provisioned_concurrency_configs", "ProvisionedConcurrencyConfigs", FunctionName=function
    )
    return sum(one.get("AllocatedProvisionedConcurrentExecutions", 0) for one in found)


def _configured(configuration: Mapping[str, Any], region: str) -> Configured:
    """A function's configuration; one that names no architecture is x86_64."""
    architecture: pricing.Architecture = "arm64" if "arm64" in configuration.get("Architectures", ()) else "x86_64"
    return Configured(region=region, architecture=architecture, memory_mb=configuration["MemorySize"])


class _Gone(Exception):
    """What was asked about is not there."""


def _items(client: Any, operation: str, key: str, **options: Any) -> Iterator[Mapping[str, Any]]:
    """What every page of an operation's answer has under `key`. Raises OpsError, and _Gone."""
    pages = iter(client.get_paginator(operation).paginate(**options))
    while (page := _ask(lambda: next(pages, None))) is not None:
        yield from page[key]


def _ask(question: Callable[[], Any]) -> Any:
    try:
        return answered(question)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == _GONE:
            raise _Gone from error
        raise OpsError(f"AWS refused {error.operation_name}: {error}") from error
