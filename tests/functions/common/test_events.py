"""Events taken apart: paths out of every way to call an API, and events that no gateway makes."""

from typing import Any

import pytest

from emulation.gateway_events import load_event
from functions.common.events import caller, prepare
from functions.common.gateway import LambdaHandler
from tests.functions.calls import LambdaContext, check_problem, lambda_answer
from tests.functions.pictures import blocks, jpeg

JPEG = jpeg(blocks())


@pytest.mark.parametrize(
    "change",
    [
        {"body": '{"a": "\ud800"}'},
        {"headers": {"X-Odd": "\ud800"}, "multiValueHeaders": None},
        {"multiValueQueryStringParameters": {"a": ["\udfff"]}},
        {"multiValueQueryStringParameters": {"\udfff": ["a"]}},
    ],
    ids=["body", "header", "query value", "query name"],
)
def test_text_that_utf_8_cannot_say(change: dict[str, Any], handler: LambdaHandler) -> None:
    answer = lambda_answer(handler(load_event("rest_json", JPEG) | change, LambdaContext()))
    check_problem(answer, 400, "malformed_event")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"isBase64Encoded": True, "body": "A"}, "body"),
        ({"isBase64Encoded": True, "body": "AAAA!"}, "body"),
        ({"isBase64Encoded": True, "body": "AAAA\u0663"}, "body"),
        ({"isBase64Encoded": "true"}, "isBase64Encoded"),
        ({"isBase64Encoded": None}, "isBase64Encoded"),
        ({"body": 7}, "body"),
        ({"body": {"a": 1}}, "body"),
        ({"headers": "x"}, "headers"),
        ({"headers": {"x-a": 7}}, "headers"),
        ({"headers": {"x-a": None}}, "headers"),
        ({"headers": {7: "x"}}, "headers"),
        ({"multiValueHeaders": {"x-a": "b"}}, "multiValueHeaders"),
        ({"multiValueHeaders": {"x-a": [None]}}, "headers"),
        ({"queryStringParameters": {"a": 1}}, "queryStringParameters"),
        ({"multiValueQueryStringParameters": [["a", "b"]]}, "multiValueQueryStringParameters"),
        ({"pathParameters": "x"}, "pathParameters"),
        ({"resource": 7}, "resource"),
    ],
    ids=str,
)
def test_an_event_no_gateway_makes_is_refused(change: dict[str, Any], key: str, handler: LambdaHandler) -> None:
    answer = lambda_answer(handler(load_event("rest_json", JPEG) | change, LambdaContext()))
    problem = check_problem(answer, 400, "malformed_event")
    assert problem["detail"].endswith(f": {key} is missing or malformed")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"rawQueryString": 7}, "rawQueryString"),
        ({"routeKey": ["$default"]}, "routeKey"),
        ({"requestContext": {"http": {"path": "/detect"}}}, "method"),
        ({"requestContext": {"http": {"method": "POST"}}, "routeKey": "$default"}, "path"),
        ({"requestContext": {"http": {"method": "POST", "path": 7}}, "routeKey": "$default"}, "path"),
        ({"requestContext": {"http": {"method": "POST", "path": "/"}, "stage": 7}, "routeKey": "$default"}, "stage"),
    ],
    ids=str,
)
def test_nor_one_of_an_http_api(change: dict[str, Any], key: str, handler: LambdaHandler) -> None:
    answer = lambda_answer(handler(load_event("http_json", JPEG) | change, LambdaContext()))
    problem = check_problem(answer, 400, "malformed_event")
    assert problem["detail"].endswith(f": {key} is missing or malformed")


@pytest.mark.parametrize("name", ["rest_json", "http_json"])
def test_what_is_not_needed_may_be_missing(name: str, handler: LambdaHandler) -> None:
    """Also the marks by which an adapter tells one kind of event from another."""
    event = load_event(name, JPEG)
    needed = {"httpMethod", "path", "version", "requestContext", "headers", "body"}
    context = {key: value for key, value in event["requestContext"].items() if key == "http"} | {"elb": {}}
    bare = {key: value for key, value in event.items() if key in needed} | {"requestContext": context, "Records": []}
    assert lambda_answer(handler(bare, LambdaContext())).scores != []


@pytest.mark.parametrize(
    ("event", "base_path", "path"),
    [
        ({"path": "/detect"}, "/semantic", "/detect"),
        ({"path": "/semantic/detect"}, "/semantic", "/detect"),
        ({"path": "/semantic"}, "/semantic", "/"),
        ({"path": "/semantics/detect"}, "/semantic", "/semantics/detect"),
        ({"path": "/a/b/detect"}, "/a/b", "/detect"),
        ({"path": "/semantic/detect"}, "/", "/semantic/detect"),
        ({"path": "/gate/semantic/detect", "resource": "/semantic/{proxy+}", "pathParameters": {"proxy": "detect"}},
         "/semantic", "/detect"),
        ({"path": "/gate/semantic/detect", "resource": "/semantic/detect", "pathParameters": None}, "/semantic",
         "/detect"),
        ({"path": "/semantic/detect", "resource": "/{proxy+}", "pathParameters": None}, "/semantic", "/detect"),
    ],
)  # fmt: skip
def test_rest_paths(event: dict[str, Any], base_path: str, path: str) -> None:
    whole = {"httpMethod": "POST", "requestContext": {"stage": "prod"}, **event}
    assert prepare(whole, base_path)["path"] == path


@pytest.mark.parametrize(
    ("route", "raw_path", "parameters", "path"),
    [
        ("POST /detect", "/detect", None, "/detect"),
        ("POST /semantic/{proxy+}", "/dev/semantic/detect", {"proxy": "detect"}, "/detect"),
        ("$default", "/dev/semantic/detect", None, "/detect"),
        ("$default", "/dev", None, "/"),
        ("$default", "/developer", None, "/developer"),
    ],
)
def test_http_paths(route: str, raw_path: str, parameters: dict[str, str] | None, path: str) -> None:
    event = {
        "version": "2.0",
        "routeKey": route,
        "pathParameters": parameters,
        "requestContext": {"stage": "dev", "http": {"method": "POST", "path": raw_path}},
    }
    assert prepare(event, "/semantic")["requestContext"]["http"]["path"] == path


@pytest.mark.parametrize(
    ("context", "known"),
    [
        ({"identity": {"caller": "AROAEXAMPLE:session-1", "apiKeyId": "key1"}}, "caller:AROAEXAMPLE"),
        ({"identity": {"caller": "AROAEXAMPLE:session-2", "apiKeyId": "key2"}}, "caller:AROAEXAMPLE"),
        ({"identity": {"caller": None, "apiKeyId": "key1"}}, "apiKeyId:key1"),
        ({"authorizer": {"iam": {"callerId": "AIDAEXAMPLE"}}, "identity": None}, "callerId:AIDAEXAMPLE"),
        ({"identity": {"caller": "", "apiKeyId": 7}}, None),
        ({"identity": {"userAgent": "curl", "sourceIp": "203.0.113.10"}}, None),
        (None, None),
    ],
)
def test_who_calls_is_what_the_gateway_authenticated(context: dict[str, Any] | None, known: str | None) -> None:
    assert caller({"requestContext": context}) == known


def test_of_what_is_no_event_nobody_is_the_caller() -> None:
    assert caller([]) is None
    assert caller(load_event("sqs_message", JPEG)) is None
