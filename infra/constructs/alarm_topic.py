"""Where alarms and the budget go: one topic, over TLS alone, and whoever is to be written to."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class AlarmTopic(Construct):
    """A topic; `address` gets its messages by e-mail once it has confirmed them.

    It is not encrypted with a key: CloudWatch and Budgets cannot publish under the AWS-managed key, one of our own
    costs more a month than the alarms do, and a message holds only a metric's name and value.
    """

    def __init__(self, scope: Construct, construct_id: str, *, address: str | None) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        if address:
            subscription = self.topic.add_subscription(subscriptions.EmailSubscription(address))
            cdk.Validations.of(subscription).acknowledge(
                cdk.Acknowledgment(
                    id="Serverless::Serverless-SNSRedrivePolicy",
                    reason="A mail that bounces would wait in a queue nobody reads; the dashboard has the alarm.",
                )
            )
