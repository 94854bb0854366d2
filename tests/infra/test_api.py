"""The API: which paths there are, who may call them, how often, and what is written down."""

import json
import re
from typing import Any

import pytest

from functions.common.documents import parse_json
from functions.common.problems import Problem
from infra.app import ROOT
from infra.constructs.gateway_answers import CONTENT_TYPES
from infra.constructs.gateway_problems import METHOD_NOT_ALLOWED, NOT_FOUND, RESPONSES
from tests.infra.api_keys import template_with_keys
from tests.infra.synthesis import Synthesis

PUBLIC = {
    *(("/live", "GET"), ("/semantic/docs", "GET"), ("/semantic/openapi.json", "GET")),
    *(("/aesthetic/docs", "GET"), ("/aesthetic/openapi.json", "GET")),
}
# What a function answers; the rest is the gateway's own.
TO_FUNCTIONS = {
    *(("/", "POST"), ("/semantic", "ANY"), ("/semantic/{proxy+}", "ANY")),
    *(("/aesthetic", "ANY"), ("/aesthetic/{proxy+}", "ANY")),
    *(("/uploads", "POST"), ("/jobs", "POST"), ("/jobs/{id}", "GET")),
}
REFUSED = {
    ("/{proxy+}", "ANY"): NOT_FOUND,
    **{(path, "ANY"): METHOD_NOT_ALLOWED for path in ("/", "/uploads", "/jobs", "/jobs/{id}")},
    **{(path, "ANY"): METHOD_NOT_ALLOWED for path, _ in PUBLIC},
}


def methods(synthesis: Synthesis) -> dict[tuple[str, str], dict[str, Any]]:
    """The properties of each method, by its path and name."""
    resources = synthesis.resources("AWS::ApiGateway::Resource")

    def path(reference: dict[str, Any]) -> str:
        if "Ref" not in reference:
            return ""
        resource = resources[reference["Ref"]]
        return f"{path(resource['ParentId'])}/{resource['PathPart']}"

    found = synthesis.resources("AWS::ApiGateway::Method").values()
    return {(path(method["ResourceId"]) or "/", method["HttpMethod"]): method for method in found}


def called(method: dict[str, Any]) -> str | None:
    """The logical id of the alias that a method invokes."""
    uri = method["Integration"].get("Uri")
    return None if uri is None else re.search(r'"Ref": "(\w*Alias\w*)"', json.dumps(uri))[1]  # type: ignore[index]


def test_each_service_has_its_paths_and_post_to_the_root_is_for_semantic(dev: Synthesis) -> None:
    found = {key: called(method) for key, method in methods(dev).items() if key in TO_FUNCTIONS}
    aliases = dev.resources("AWS::Lambda::Alias")
    logical_ids = {name: dev.function(name)[0] for name in ("semantic", "aesthetic", "jobs")}
    for (path, _), alias in found.items():
        name = {"aesthetic": "aesthetic", "uploads": "jobs", "jobs": "jobs"}.get(path.split("/")[1], "semantic")
        assert alias is not None
        assert aliases[alias]["FunctionName"] == {"Ref": logical_ids[name]}
    assert set(found) == TO_FUNCTIONS


def test_functions_are_called_as_proxies_and_not_waited_for_longer_than_the_gateway_may(dev: Synthesis) -> None:
    for method in methods(dev).values():
        if called(method):
            assert method["Integration"]["Type"] == "AWS_PROXY"
            assert method["Integration"]["TimeoutInMillis"] == 29_000


def test_whatever_is_not_there_wakes_no_function(dev: Synthesis) -> None:
    found = methods(dev)
    for key, problem in REFUSED.items():
        integration = found[key]["Integration"]
        assert integration["Type"] == "MOCK"
        (response,) = integration["IntegrationResponses"]
        assert response["StatusCode"] == str(problem.status)
        assert response["ResponseParameters"]["method.response.header.Content-Type"] == "'application/problem+json'"
        assert response["ResponseTemplates"] == {"application/json": problem.body}
    allow = found["/", "ANY"]["Integration"]["IntegrationResponses"][0]["ResponseParameters"]
    assert allow["method.response.header.Allow"] == "'POST'"


def test_liveness_is_the_gateways(dev: Synthesis) -> None:
    live = methods(dev)["/live", "GET"]
    assert live["Integration"]["Type"] == "MOCK"
    assert live["Integration"]["IntegrationResponses"][0]["ResponseTemplates"] == {
        "application/json": '{"status": "alive"}'
    }


def test_mock_answers_take_whatever_is_sent(dev: Synthesis) -> None:
    """A mock integration answers 500 where no template says with which status."""
    mocks = [
        method["Integration"]
        for (_, name), method in methods(dev).items()
        if method["Integration"]["Type"] == "MOCK" and name != "OPTIONS"
    ]
    for mock in mocks:
        assert mock["PassthroughBehavior"] == "NEVER"
        assert mock["ContentHandling"] == "CONVERT_TO_TEXT"
        status = mock["IntegrationResponses"][0]["StatusCode"]
        assert mock["RequestTemplates"] == dict.fromkeys(CONTENT_TYPES, json.dumps({"statusCode": int(status)}))
    assert len(mocks) == len(REFUSED) + 1


def test_every_method_takes_a_key_but_for_what_is_public(dev: Synthesis, prod: Synthesis) -> None:
    for stage, authorization in ((dev, "NONE"), (prod, "AWS_IAM")):
        found = {key: method for key, method in methods(stage).items() if key[1] != "OPTIONS"}
        assert set(found) >= PUBLIC
        for key, method in found.items():
            public = key in PUBLIC
            assert method["ApiKeyRequired"] is not public, key
            assert method["AuthorizationType"] == ("NONE" if public else authorization), key


def test_documentation_is_public_only_where_configured(context: dict[str, Any]) -> None:
    assert context["stages"]["prod"]["public_docs"] is False


def test_keys_meter_and_throttle_in_both(dev: Synthesis, prod: Synthesis) -> None:
    plans = [stage.resources("AWS::ApiGateway::UsagePlan") for stage in (dev, prod)]
    limits = [[(plan["Throttle"], plan["Quota"]) for plan in found.values()] for found in plans]
    assert limits == [
        [({"RateLimit": 10, "BurstLimit": 20}, {"Limit": 10_000, "Period": "DAY"})],
        [({"RateLimit": 50, "BurstLimit": 100}, {"Limit": 1_000_000, "Period": "MONTH"})],
    ]
    for stage in (dev, prod):
        ((key, properties),) = stage.resources("AWS::ApiGateway::ApiKey").items()
        assert "Value" not in properties
        (use,) = stage.resources("AWS::ApiGateway::UsagePlanKey").values()
        assert use["KeyId"] == {"Ref": key}


def test_pictures_come_as_bytes_and_json_as_text(dev: Synthesis) -> None:
    (api,) = dev.resources("AWS::ApiGateway::RestApi").values()
    assert api["BinaryMediaTypes"] == ["image/jpeg", "image/jpg", "image/png", "image/webp"]
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_the_stage_throttles_and_neither_logs_nor_traces_what_callers_send(dev: Synthesis) -> None:
    (stage,) = dev.resources("AWS::ApiGateway::Stage").values()
    assert stage["TracingEnabled"] is False
    settings = {setting["ResourcePath"]: setting for setting in stage["MethodSettings"]}
    assert settings["/*"]["ThrottlingRateLimit"] == 10
    assert settings["/*"]["ThrottlingBurstLimit"] == 20
    assert {key.replace("~1", "/").replace("//", "/") for key in settings} == {"/*", *(path for path, _ in PUBLIC)}
    for setting in settings.values():
        assert setting["DataTraceEnabled"] is False
        assert setting["LoggingLevel"] == "ERROR"
        assert setting["ThrottlingRateLimit"] <= 10
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    variables = {value.removeprefix("$context.") for value in logged.values()}
    # No path, query, header, body or address; of the caller the id of the key.
    assert variables == {
        *("requestId", "requestTimeEpoch", "httpMethod", "resourcePath", "status", "error.responseType"),
        *("integration.status", "integration.latency", "responseLatency", "responseLength"),
        "identity.apiKeyId",
    }


def test_what_the_gateway_refuses_is_a_problem(dev: Synthesis) -> None:
    responses = {found["ResponseType"]: found for found in dev.resources("AWS::ApiGateway::GatewayResponse").values()}
    assert set(responses) == set(RESPONSES)
    for kind, response in responses.items():
        (template,) = set(response["ResponseTemplates"].values())
        headers = response["ResponseParameters"]
        assert set(response["ResponseTemplates"]) == {"application/json", "application/problem+json"}
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        problem = Problem.model_validate(parse_json(template.encode()))
        assert response["StatusCode"] == str(problem.status) == str(RESPONSES[kind].status)
        assert problem.type == f"urn:imajin:problem:{problem.code}"
        assert problem.request_id == "$context.requestId"
        assert template.count("$") == 1, "nothing else of the request"
        assert ("gatewayresponse.header.Retry-After" in headers) is (problem.status == 429)
        assert problem.retryable is (problem.status in (429, 502, 504))
    statuses = {problem.status for problem in RESPONSES.values()}
    assert statuses >= {400, 401, 403, 404, 413, 429, 502, 504}


def test_one_code_has_one_status_and_one_title_and_is_listed() -> None:
    problems = [*RESPONSES.values(), METHOD_NOT_ALLOWED]
    told = {(problem.code, problem.status) for problem in problems}
    assert len({code for code, _ in told}) == len(told)
    listed = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").split("## What the gateway answers")[1]
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", listed, re.MULTILINE)
    assert {(code, int(status)) for status, code in rows} == told


def test_browsers_are_let_in_only_where_configured(dev: Synthesis, prod: Synthesis) -> None:
    assert "Access-Control" not in json.dumps(dev.document)
    preflights = {path: method for (path, name), method in methods(prod).items() if name == "OPTIONS"}
    assert set(preflights) >= {path for path, _ in TO_FUNCTIONS}
    for preflight in preflights.values():
        assert (preflight["ApiKeyRequired"], preflight["AuthorizationType"]) == (False, "NONE"), "it carries neither"
        assert preflight["Integration"]["Type"] == "MOCK"
    for response in prod.resources("AWS::ApiGateway::GatewayResponse").values():
        origin = response["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert origin == "'https://app.example'"


def test_the_firewall_limits_every_address_and_lets_pictures_pass(prod: Synthesis, dev: Synthesis) -> None:
    (acl,) = prod.resources("AWS::WAFv2::WebACL").values()
    rate, common = (rule["Statement"] for rule in acl["Rules"])
    # As many as a key has, for all of a caller's requests may come from one address.
    assert rate["RateBasedStatement"] == {"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": 50 * 300}
    group = common["ManagedRuleGroupStatement"]
    assert (group["VendorName"], group["Name"]) == ("AWS", "AWSManagedRulesCommonRuleSet")
    counted = {rule["Name"] for rule in group["RuleActionOverrides"] if rule["ActionToUse"] == {"Count": {}}}
    # https://repost.aws/knowledge-center/waf-upload-blocked-files; the last would refuse an image_url of an address.
    assert counted == {
        *("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY"),
    }
    assert [rule["Priority"] for rule in acl["Rules"]] == [0, 1], "what floods is turned away before it is looked at"
    assert acl["VisibilityConfig"]["MetricName"] == "Imajin-prod"
    for rule in (acl, *acl["Rules"]):
        assert rule["VisibilityConfig"]["SampledRequestsEnabled"] is False, "samples hold headers and queries"
    (association,) = prod.resources("AWS::WAFv2::WebACLAssociation").values()
    (stage,) = prod.resources("AWS::ApiGateway::Stage")
    assert stage in json.dumps(association["ResourceArn"])
    assert not dev.resources("AWS::WAFv2::WebACL")


@pytest.mark.parametrize("name", ["Url", "KeyId", "Authentication", "Dashboard", "SemanticAlias", "AestheticAlias"])
def test_the_stack_says_what_callers_need(name: str, dev: Synthesis) -> None:
    assert name in dev.document["Outputs"]


def test_what_the_gateway_logs_by_itself_is_not_kept_for_ever(dev: Synthesis) -> None:
    """It makes the log at its first error, without an end, unless it is there before the stage."""
    (api,) = dev.resources("AWS::ApiGateway::RestApi")
    (log,) = [name for name, found in dev.resources("AWS::Logs::LogGroup").items() if "LogGroupName" in found]
    assert dev.resources("AWS::Logs::LogGroup")[log] == {
        "LogGroupName": {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", {"Ref": api}, "/dev"]]},
        "RetentionInDays": 14,
    }
    (stage,) = [found for found in dev.document["Resources"].values() if found["Type"] == "AWS::ApiGateway::Stage"]
    assert log in stage["DependsOn"]


def test_who_waits_for_jobs_can_be_told(prod: Synthesis, dev: Synthesis) -> None:
    topics = prod.resources("AWS::SNS::Topic")
    for name in ("SemanticJobsDone", "SemanticJobsFailed", "AestheticJobsDone", "AestheticJobsFailed"):
        assert prod.document["Outputs"][name]["Value"]["Ref"] in topics
        assert name not in dev.document["Outputs"]


def own_keys(numbers: list[str]) -> dict[str, dict[str, Any]]:
    """The stack's own keys and what makes them keys of the usage plan, by logical id."""
    document = template_with_keys(numbers)
    kinds = ("AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlanKey")
    found = {name: one for name, one in document["Resources"].items() if one["Type"] in kinds}
    keys = [name for name, one in found.items() if one["Type"] == kinds[0]]
    assert sorted(one["Properties"]["KeyId"]["Ref"] for one in found.values() if one["Type"] == kinds[1]) == sorted(
        keys
    )
    return found | {"asked": document["Outputs"]["KeyId"]["Value"]}


def test_a_key_is_rotated_by_a_second_beside_it_and_then_without_it() -> None:
    """CloudFormation tells resources apart by logical id: what keeps its own and its properties is not touched."""
    first, both, second = own_keys(["1"]), own_keys(["1", "2"]), own_keys(["2"])
    (old,) = [name for name, one in first.items() if one.get("Type") == "AWS::ApiGateway::ApiKey"]
    assert first.pop("asked") == {"Ref": old}
    asked = both.pop("asked")
    assert asked == second.pop("asked") != {"Ref": old}
    assert both == first | second
    assert len(both) == 4
    assert not first.keys() & second.keys()
