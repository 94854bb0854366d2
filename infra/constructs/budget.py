"""What the account may spend in a month before somebody is told."""

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

# Of the month's amount, and of what: 80 % spent is a warning, 100 % forecast leaves time to act, 100 % spent is it.
NOTIFICATIONS = ((80, "ACTUAL"), (100, "FORECASTED"), (100, "ACTUAL"))


class Budget(Construct):
    """A monthly budget over the whole account, which tells `alarm_topic`.

    Over the account and not this project's tag: a tag counts only once it was activated for billing, by hand, and until
    then a budget of the tag stays at 0. A budget only tells; what stops spending is reserved concurrency, the usage
    plan and an endpoint's maximum of instances.
    """

    def __init__(self, scope: Construct, construct_id: str, *, monthly_usd: int, alarm_topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        subscriber = budgets.CfnBudget.SubscriberProperty(address=alarm_topic.topic_arn, subscription_type="SNS")
        self.budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=monthly_usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for percent, kind in NOTIFICATIONS
            ],
        )
        stack = cdk.Stack.of(self)
        granted = alarm_topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
                resources=[alarm_topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": stack.format_arn(service="budgets", region="", resource="*")},
                },
            )
        )
        if granted.policy_dependable is not None:
            # Budgets refuses a topic that it may not publish to.
            self.budget.node.add_dependency(granted.policy_dependable)
