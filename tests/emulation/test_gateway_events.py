import base64
import json

import pytest

from emulation.gateway_events import EVENTS, Question, load_event, rest_event

PICTURE = b"\xff\xd8picture"
PICTURE_BASE64 = base64.b64encode(PICTURE).decode()
NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_event_has_no_placeholder_left(name: str) -> None:
    assert "{{" not in json.dumps(load_event(name, PICTURE))


def test_the_picture_is_filled_in_where_the_event_says_so() -> None:
    as_json = load_event("rest_json", PICTURE)
    assert json.loads(as_json["body"]) == {"image_base64": PICTURE_BASE64}
    encoded = load_event("rest_json_base64", PICTURE)
    assert base64.b64decode(encoded["body"]).decode() == as_json["body"]
    raw = load_event("http_image", PICTURE)
    assert (base64.b64decode(raw["body"]), raw["isBase64Encoded"]) == (PICTURE, True)
    assert raw["headers"]["content-length"] == str(len(PICTURE))
    assert load_event("http_json", PICTURE)["headers"]["content-length"] == str(len(as_json["body"]))


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("rest_")])
def test_a_rest_event_agrees_with_itself(name: str) -> None:
    event = load_event(name, PICTURE)
    assert "version" not in event
    assert {key: values[-1] for key, values in event["multiValueHeaders"].items()} == event["headers"]
    assert event["requestContext"]["httpMethod"] == event["httpMethod"]
    assert event["requestContext"]["resourcePath"] == event["resource"]
    if event["pathParameters"] is not None:
        proxied = event["resource"].replace("{proxy+}", event["pathParameters"]["proxy"])
        assert event["path"].endswith(proxied)
        assert event["requestContext"]["path"].endswith(proxied)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("http_")])
def test_an_http_api_event_agrees_with_itself(name: str) -> None:
    event = load_event(name, PICTURE)
    context = event["requestContext"]
    assert event["version"] == "2.0"
    assert context["http"]["path"] == event["rawPath"]
    assert context["routeKey"] == event["routeKey"]
    assert event["routeKey"].startswith(context["http"]["method"])


SCORE = Question("aesthetic", "/score", {"prompt": 'a "red" kite & more'})


@pytest.mark.parametrize("name", NAMES)
def test_an_event_can_ask_something_else_and_only_that(name: str) -> None:
    event, asks_another = load_event(name, PICTURE), load_event(name, PICTURE, SCORE)
    text = json.dumps(asks_another)
    assert "detect" not in text
    assert "semantic" not in text
    assert event.keys() <= asks_another.keys() | {"queryStringParameters"}
    untouched = event.keys() - {
        *("path", "rawPath", "resource", "routeKey", "pathParameters", "requestContext", "body", "headers"),
        *("queryStringParameters", "multiValueQueryStringParameters", "rawQueryString"),
    }
    assert {key: asks_another[key] for key in untouched} == {key: event[key] for key in untouched}


def test_what_is_asked_beside_the_picture_goes_where_the_event_has_room_for_it() -> None:
    prompt = SCORE.fields["prompt"]
    as_json = load_event("http_json", PICTURE, SCORE)
    assert json.loads(as_json["body"]) == {"image_base64": PICTURE_BASE64, "prompt": prompt}
    assert as_json["headers"]["content-length"] == str(len(as_json["body"]))
    assert as_json["rawQueryString"] == ""
    encoded = load_event("rest_json_base64", PICTURE, SCORE)
    assert base64.b64decode(encoded["body"]).decode() == as_json["body"]
    rest, http = load_event("rest_image", PICTURE, SCORE), load_event("http_image", PICTURE, SCORE)
    assert rest["path"] == "/score"
    assert rest["queryStringParameters"] == {"prompt": prompt}
    assert rest["multiValueQueryStringParameters"] == {"prompt": [prompt]}
    assert http["rawQueryString"] == "prompt=a+%22red%22+kite+%26+more"
    assert rest["body"] == http["body"] == PICTURE_BASE64
    assert load_event("http_named_stage", PICTURE, SCORE)["rawPath"] == "/dev/aesthetic/score"


def test_a_request_of_ones_own() -> None:
    event = rest_event("POST", "/align", {"requested_filters": ["anime"]})
    assert (event["httpMethod"], event["path"], event["pathParameters"]) == ("POST", "/align", {"proxy": "align"})
    assert event["requestContext"]["path"] == "/prod/align"
    assert json.loads(event["body"]) == {"requested_filters": ["anime"]}
    assert rest_event("GET", "/health")["body"] is None
