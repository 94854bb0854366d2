"""The monthly budget, on a stack of its own."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk.assertions import Match

from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.budget import Budget


@pytest.fixture(scope="module")
def template() -> assertions.Template:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Imajin-dev")
    topic = AlarmTopic(stack, "Alarms", address=None).topic
    Budget(stack, "Budget", monthly_usd=50, alarm_topic=topic)
    return assertions.Template.from_stack(stack)


def budget(template: assertions.Template) -> dict[str, Any]:
    (found,) = template.find_resources("AWS::Budgets::Budget").values()
    return dict(found)


def test_it_is_the_months_cost_in_dollars(template: assertions.Template) -> None:
    described = budget(template)["Properties"]["Budget"]
    assert described == {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 50, "Unit": "USD"}}


def test_it_tells_the_topic_alone_at_80_and_100_percent(template: assertions.Template) -> None:
    (topic,) = template.find_resources("AWS::SNS::Topic")
    notifications = budget(template)["Properties"]["NotificationsWithSubscribers"]
    assert [
        (entry["Notification"]["Threshold"], entry["Notification"]["NotificationType"]) for entry in notifications
    ] == [
        (80, "ACTUAL"),
        (100, "FORECASTED"),
        (100, "ACTUAL"),
    ]
    for entry in notifications:
        assert entry["Notification"]["ThresholdType"] == "PERCENTAGE"
        assert entry["Notification"]["ComparisonOperator"] == "GREATER_THAN"
        assert entry["Subscribers"] == [{"Address": {"Ref": topic}, "SubscriptionType": "SNS"}]


def test_the_topic_takes_messages_of_this_accounts_budgets_before_there_is_one(template: assertions.Template) -> None:
    (policy,) = template.find_resources("AWS::SNS::TopicPolicy")
    assert policy in budget(template)["DependsOn"]
    statement = {
        "Action": "sns:Publish",
        "Effect": "Allow",
        "Principal": {"Service": "budgets.amazonaws.com"},
        "Condition": Match.object_like({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}),
    }
    template.has_resource_properties(
        "AWS::SNS::TopicPolicy", {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(statement)])}}
    )


def test_the_topic_refuses_what_does_not_come_over_tls(template: assertions.Template) -> None:
    statement = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    template.has_resource_properties(
        "AWS::SNS::TopicPolicy", {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(statement)])}}
    )
