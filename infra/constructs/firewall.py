"""A web firewall before the API: a limit for every address, and AWS's common rules as far as pictures pass them."""

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

# The window that AWS counts an address's requests in.
WINDOW_SECONDS = 300
COMMON_RULES = "AWSManagedRulesCommonRuleSet"
# Counted, and let through. A picture is longer than the 8 KB that the first allows; its bytes are neither markup nor a
# path, but may look like one to the next two; and the last would refuse an image_url with an address for a host, which
# may be on the list of allowed ones. The firewall sees only the first 16 KB of a body; the functions check all of it.
COUNTED_RULES = ("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY")


class Firewall(Construct):
    """The firewall of one stage of a REST API.

    An address may ask as often as a key may, `requests_per_second`: callers are programs, and all of one caller's
    requests may come from one address. `name` is what the metrics call the list, once in an account and region.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage_arn: str, requests_per_second: int, name: str
    ) -> None:
        super().__init__(scope, construct_id)
        rate = wafv2.CfnWebACL.RateBasedStatementProperty(
            aggregate_key_type="IP",
            limit=requests_per_second * WINDOW_SECONDS,
            evaluation_window_sec=WINDOW_SECONDS,
        )
        common = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
            vendor_name="AWS",
            name=COMMON_RULES,
            rule_action_overrides=[
                wafv2.CfnWebACL.RuleActionOverrideProperty(
                    name=rule, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
                )
                for rule in COUNTED_RULES
            ],
        )
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility(name),
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
