"""The dashboard, the alarms, and where they go, on a stack of their own."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match

from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.alarms import watch_function
from infra.constructs.budget import Budget
from infra.constructs.firewall import Firewall
from infra.constructs.monitoring import Monitoring
from infra.constructs.receipts import ALARM_METRICS, NAMESPACE, Receipts
from infra.contracts import contract_routes
from ops.doctor.standing import FIREWALL_RULES, alarm_metrics
from ops.stage import read_stage
from tests.infra.constructs.nag import findings, nagged_app
from tests.ops.repositories import put_repository

FUNCTION_ALARMS = ("errors", "latency", "throttles", "cold-starts", "daily-cost")
KEPT_READY = ("semantic", "aesthetic")
FUNCTIONS = ("semantic", "aesthetic", "jobs")
ENDPOINT_ALARMS = ("backlog-age", "failed-jobs")


@dataclass
class Endpoint:
    endpoint_name: str
    variant_name: str


@dataclass
class Built:
    monitoring: Monitoring
    template: assertions.Template
    findings: dict[str, list[str]]

    def alarm(self, name: str) -> dict[str, Any]:
        (found,) = self.template.find_resources(
            "AWS::CloudWatch::Alarm", {"Properties": {"AlarmName": f"Imajin-dev-{name}"}}
        ).values()
        properties: dict[str, Any] = found["Properties"]
        return properties

    @property
    def dashboard(self) -> str:
        (found,) = self.template.find_resources("AWS::CloudWatch::Dashboard").values()
        return json.dumps(found["Properties"]).replace("\\", "").replace('"', "")


def alias(stack: cdk.Stack, name: str) -> lambda_.Alias:
    code = lambda_.InlineCode("def handler(event, context): ...")
    function = lambda_.Function(
        stack, name, code=code, handler="index.handler", runtime=lambda_.Runtime.PYTHON_3_13, function_name=name
    )
    return lambda_.Alias(stack, f"{name}-live", alias_name="live", version=function.current_version)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    outdir = tmp_path_factory.mktemp("cdk.out")
    app = nagged_app(outdir)
    stack = cdk.Stack(app, "Imajin-dev")
    functions = {name: alias(stack, name) for name in FUNCTIONS}
    api = apigateway.RestApi(stack, "Api", deploy_options=apigateway.StageOptions(stage_name="dev"))
    api.root.add_method("GET", apigateway.MockIntegration())
    topic = AlarmTopic(stack, "Alarms", address="ops@example.com").topic
    monitoring = Monitoring(
        stack,
        "Monitoring",
        functions=functions,
        api=api,
        endpoints={"semantic": Endpoint("imajin-dev-semantic", "gpu")},
        alarm_topic=topic,
        kept_ready=KEPT_READY,
        daily_usd=Decimal(10),
    )
    Budget(stack, "Budget", monthly_usd=50, alarm_topic=topic)
    found = findings(app, outdir, "Imajin-dev/Monitoring", "Imajin-dev/Alarms", "Imajin-dev/Budget")
    template = json.loads((outdir / "Imajin-dev.template.json").read_text(encoding="utf-8"))
    return Built(monitoring, assertions.Template.from_json(template), found)


def test_every_function_the_api_and_every_endpoint_is_watched(built: Built) -> None:
    names = {f"{alarm}-{name}" for alarm in FUNCTION_ALARMS for name in FUNCTIONS}
    names |= {f"spill-over-{name}" for name in KEPT_READY}
    names |= {"api-5xx"} | {f"{alarm}-semantic" for alarm in ENDPOINT_ALARMS}
    found = built.template.find_resources("AWS::CloudWatch::Alarm").values()
    assert {alarm["Properties"]["AlarmName"] for alarm in found} == {f"Imajin-dev-{name}" for name in names}
    assert {key.replace(" ", "-") for key in built.monitoring.alarms} == names


def test_every_alarm_tells_the_topic_both_ways_and_says_what_to_do(built: Built) -> None:
    (topic,) = built.template.find_resources("AWS::SNS::Topic")
    for alarm in built.template.find_resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        assert properties["AlarmActions"] == properties["OKActions"] == [{"Ref": topic}]
        assert properties["TreatMissingData"] == "notBreaching"
        key = re.search(r" First: .+[.?] See docs/operations\.md#([a-z0-9-]+)\.$", properties["AlarmDescription"])
        assert key is not None
        assert properties["AlarmName"].startswith(f"Imajin-dev-{key[1]}")


def test_a_function_is_watched_through_its_alias(built: Built) -> None:
    names = {"errors": "Errors", "throttles": "Throttles", "spill-over": "ProvisionedConcurrencySpilloverInvocations"}
    for alarm, metric in names.items():
        properties = built.alarm(f"{alarm}-aesthetic")
        assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", metric)
        assert (properties["Statistic"], properties["Period"]) == ("Sum", 300)
        dimensions = {entry["Name"]: json.dumps(entry["Value"]) for entry in properties["Dimensions"]}
        assert dimensions.keys() == {"FunctionName", "Resource"}
        assert ":live" in dimensions["Resource"]


def test_latency_is_the_95th_percentile(built: Built) -> None:
    properties = built.alarm("latency-semantic")
    assert (properties["MetricName"], properties["ExtendedStatistic"]) == ("Duration", "p95")
    assert (properties["Threshold"], properties["EvaluationPeriods"]) == (10_000, 3)


def test_the_api_is_watched_on_its_stage(built: Built) -> None:
    properties = built.alarm("api-5xx")
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/ApiGateway", "5XXError")
    assert {entry["Name"] for entry in properties["Dimensions"]} == {"ApiName", "Stage"}


def test_an_endpoint_is_watched_by_its_queue_and_by_what_came_of_it(built: Built) -> None:
    age = built.alarm("backlog-age-semantic")
    assert (age["Namespace"], age["MetricName"]) == ("AWS/SageMaker", "ApproximateAgeOfOldestRequest")
    assert (age["Statistic"], age["Threshold"]) == ("Maximum", 900)
    assert age["Dimensions"] == [{"Name": "EndpointName", "Value": "imajin-dev-semantic"}]
    *read, total = sorted(built.alarm("failed-jobs-semantic")["Metrics"], key=lambda entry: "Expression" in entry)
    assert total["Expression"] == "FILL(failed, 0) + FILL(expired, 0)"
    assert {entry["Id"]: entry["MetricStat"]["Metric"]["MetricName"] for entry in read} == {
        "failed": "InvocationFailures",
        "expired": "ExpiredRequests",
    }
    for stat in (entry["MetricStat"] for entry in read):
        assert (stat["Metric"]["Namespace"], stat["Stat"], stat["Period"]) == ("AWS/SageMaker", "Sum", 300)
        dimensions = {entry["Name"]: entry["Value"] for entry in stat["Metric"]["Dimensions"]}
        assert dimensions == {"EndpointName": "imajin-dev-semantic", "VariantName": "gpu"}


@pytest.mark.parametrize(
    ("alarm", "metric", "period"), [("daily-cost", "CostUsd", 86_400), ("cold-starts", "ColdStart", 3600)]
)
def test_receipts_are_added_up_over_the_routes_of_the_contract(
    built: Built, alarm: str, metric: str, period: int
) -> None:
    """With the dimensions that the functions send, and no other: CloudWatch sums over none by itself."""
    metrics = built.alarm(f"{alarm}-semantic")["Metrics"]
    assert len(metrics) - 1 <= ALARM_METRICS
    stats = [entry["MetricStat"] for entry in metrics if "MetricStat" in entry]
    receipts = [stat for stat in stats if stat["Metric"]["Namespace"] == NAMESPACE]
    assert {(stat["Metric"]["MetricName"], stat["Stat"], stat["Period"]) for stat in receipts} == {
        (metric, "Sum", period)
    }
    dimensions = [{entry["Name"]: entry["Value"] for entry in found["Metric"]["Dimensions"]} for found in receipts]
    (stage,) = built.template.find_resources("AWS::ApiGateway::Stage")
    assert sorted(found["Route"] for found in dimensions) == sorted(contract_routes("semantic"))
    assert all(found["Function"] == "semantic" and found["Stage"] == {"Ref": stage} for found in dimensions)
    assert all(found.keys() == {"Function", "Route", "Stage"} for found in dimensions)


def test_a_day_that_costs_more_than_its_share_raises_an_alarm(built: Built) -> None:
    for name in FUNCTIONS:
        properties = built.alarm(f"daily-cost-{name}")
        (expression,) = (entry["Expression"] for entry in properties["Metrics"] if "Expression" in entry)
        assert expression == " + ".join(f"FILL(route{index}, 0)" for index in range(len(contract_routes(name))))
        assert (properties["Threshold"], properties["ComparisonOperator"]) == (10, "GreaterThanThreshold")
        assert properties["EvaluationPeriods"] == 1


def test_the_routes_are_those_that_judge_pictures() -> None:
    assert contract_routes("semantic") == ("/", "/align", "/batch", "/classify", "/detect", "/moderate")
    assert contract_routes("aesthetic") == ("/score", "/score-batch")
    assert contract_routes("nothing") == ()


def test_a_function_without_receipts_is_watched_all_the_same() -> None:
    function = lambda_.Function.from_function_name(cdk.Stack(), "Plain", "plain")
    receipts = Receipts("plain", "dev", ())
    for kept_ready, more in ((False, []), (True, ["spill-over"])):
        watched = watch_function("plain", function, receipts, Decimal(10), kept_ready=kept_ready)
        assert [watch.key for watch in watched] == ["errors", "latency", "throttles", *more]


def test_more_routes_than_an_alarm_adds_up_are_refused() -> None:
    function = lambda_.Function.from_function_name(cdk.Stack(), "Many", "many")
    receipts = Receipts("many", "dev", [f"/{index}" for index in range(10)])
    with pytest.raises(ValueError, match="many has 10 routes; an alarm adds up at most 10 metrics"):
        list(watch_function("many", function, receipts, Decimal(10), kept_ready=False))


def test_the_dashboard_shows_cost_a_day_and_per_thousand_images(built: Built) -> None:
    dashboard = built.dashboard
    for title in ("Cost a day", "Cost per thousand images", "Cold starts", "Alarms", "semantic: age of the oldest job"):
        assert title in dashboard
    for name in ("CostUsd", "Images", "GbSeconds", "BilledMs", "ColdStart"):
        assert f"SEARCH('{{{NAMESPACE},Function,Route,Stage}} MetricName={name} Function=semantic Stage=" in dashboard
    for name in FUNCTIONS:
        day, usd, images = (
            rf"SUM\(SEARCH\('{{{NAMESPACE},Function,Route,Stage}} MetricName={metric} Function={name} "
            rf"Stage=, {{Ref: \w+}}, ', 'Sum', {seconds}\)\)"
            for metric, seconds in (("CostUsd", 86_400), ("CostUsd", 3600), ("Images", 3600))
        )
        assert re.search(rf"title:Cost a day .*?expression:{day},", dashboard)
        assert re.search(rf"title:Cost per thousand images,.*?expression:1000 \* {usd} / {images},", dashboard)


def test_a_stage_in_another_region_has_a_dashboard_of_its_own(built: Built) -> None:
    (found,) = built.template.find_resources("AWS::CloudWatch::Dashboard").values()
    assert found["Properties"]["DashboardName"] == {"Fn::Join": ["", ["Imajin-dev-", {"Ref": "AWS::Region"}]]}


def test_the_topic_takes_alarms_of_this_account_and_tells_the_operator(built: Built) -> None:
    built.template.has_resource_properties(
        "AWS::SNS::TopicPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Action": "sns:Publish",
                                "Effect": "Allow",
                                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                                "Condition": Match.object_like(
                                    {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
                                ),
                            }
                        )
                    ]
                )
            }
        },
    )
    built.template.has_resource_properties(
        "AWS::SNS::Subscription", {"Protocol": "email", "Endpoint": "ops@example.com"}
    )


def test_the_doctor_counts_what_alarms_are_billed_by(built: Built, tmp_path: Path) -> None:
    """Each metric that an alarm reads."""
    alarms = built.template.find_resources("AWS::CloudWatch::Alarm").values()
    read = [alarm["Properties"].get("Metrics", [{"MetricStat": {}}]) for alarm in alarms]
    changed = {"stages.dev.semantic.gpu.enabled": True} | {
        f"stages.dev.{name}.provisioned_concurrency.{bound}": 1
        for name in KEPT_READY
        for bound in ("minimum", "maximum")
    }
    stage = read_stage(put_repository(tmp_path, changed), "dev", demo=False)
    assert alarm_metrics(stage) == sum("MetricStat" in metric for metrics in read for metric in metrics)


def test_the_doctor_counts_the_firewalls_rules() -> None:
    stack = cdk.Stack()
    Firewall(stack, "Firewall", stage_arn="arn", requests_per_second=1, name="Imajin-dev")
    (acl,) = assertions.Template.from_stack(stack).find_resources("AWS::WAFv2::WebACL").values()
    assert len(acl["Properties"]["Rules"]) == FIREWALL_RULES


def test_nag_has_nothing_to_say_but_what_is_acknowledged(built: Built) -> None:
    assert built.findings == {
        "violations": [],
        "suppressedViolations": ["Serverless-SNSRedrivePolicy Imajin-dev/Alarms/Topic/ops@example.com/Resource"],
    }
