"""A web firewall before the API: a limit for every address, and AWS's common rules as far as pictures pass them."""

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

# Of one address within five minutes.
REQUESTS_PER_ADDRESS = 2000
COMMON_RULES = "AWSManagedRulesCommonRuleSet"
# Counted, and let through: a picture is longer than the 8 KB that the first allows, and its bytes are no markup, but
# may look like it to the second. The functions hold bodies to limits of their own.
COUNTED_RULES = ("SizeRestrictions_BODY", "CrossSiteScripting_BODY")


class Firewall(Construct):
    """The firewall of one stage of a REST API."""

    def __init__(self, scope: Construct, construct_id: str, *, stage_arn: str) -> None:
        super().__init__(scope, construct_id)
        rate = wafv2.CfnWebACL.RateBasedStatementProperty(aggregate_key_type="IP", limit=REQUESTS_PER_ADDRESS)
        common = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
            vendor_name="AWS",
            name=COMMON_RULES,
            rule_action_overrides=[
                wafv2.CfnWebACL.RuleActionOverrideProperty(
                    name=name, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
                )
                for name in COUNTED_RULES
            ],
        )
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("imajin"),
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="rate",
                    priority=0,
                    statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=rate),
                    action=wafv2.CfnWebACL.RuleActionProperty(block={}),
                    visibility_config=_visibility("rate"),
                ),
                wafv2.CfnWebACL.RuleProperty(
                    name="common",
                    priority=1,
                    statement=wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=common),
                    override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
                    visibility_config=_visibility("common"),
                ),
            ],
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage_arn, web_acl_arn=acl.attr_arn)


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    # A sample of requests holds their headers and query.
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
