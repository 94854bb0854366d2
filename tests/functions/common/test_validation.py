"""Documents and query strings as request models: what is wrong, and where."""

import math

import pytest
from starlette.datastructures import QueryParams

from functions.common.errors import InvalidRequest
from functions.common.validation import query_document, query_values, validate
from functions.semantic.schemas.align import AlignOptions
from functions.semantic.schemas.batch import BatchRequest
from functions.semantic.schemas.classify import ClassifyRequest, LabelsRequest
from functions.semantic.schemas.detect import DetectOptions, DetectRequest

SOURCE = {"image_base64": "AAAA"}
ONE_SOURCE = "send the picture as exactly one of image_base64, image_url, s3; "
RATIO = "min_confidence must be a number from 0 to 1"
COUNT = "max_results must be a whole number from 1 to 1000"
NAMES = "include must be a list of 1 to 256 entries"
NAME = "include[0] must be text of 1 to 64 characters"
UNKNOWN_FIELD = "has an unknown field; "
THREE_WAYS = "send the picture as image_base64, image_url or s3"


@pytest.mark.parametrize(
    ("document", "pointer", "detail", "limit", "actual"),
    [
        ({}, "", ONE_SOURCE + "none of them is given", None, None),
        (SOURCE | {"image_url": "a"}, "", ONE_SOURCE + "2 of them are given", None, None),
        (SOURCE | {"min_confidence": 2}, "/min_confidence", RATIO, 1.0, None),
        (SOURCE | {"min_confidence": -1}, "/min_confidence", RATIO, 0.0, None),
        (SOURCE | {"min_confidence": "1"}, "/min_confidence", RATIO + ", not text", None, None),
        (SOURCE | {"min_confidence": True}, "/min_confidence", RATIO + ", not true or false", None, None),
        (SOURCE | {"max_results": 0}, "/max_results", COUNT, 1, None),
        (SOURCE | {"max_results": 1.5}, "/max_results", COUNT, None, None),
        (SOURCE | {"max_results": {}}, "/max_results", COUNT + ", not an object", None, None),
        (SOURCE | {"profile": "best"}, "/profile", "profile must be raw, contrast or fitted", None, None),
        (SOURCE | {"profile": []}, "/profile", "profile must be raw, contrast or fitted, not a list", None, None),
        (SOURCE | {"include": "anime"}, "/include", NAMES + ", not text", None, None),
        (SOURCE | {"include": []}, "/include", NAMES + ", but has 0", 1, 0),
        (SOURCE | {"include": ["a"] * 257}, "/include", NAMES + ", but has 257", 256, 257),
        (SOURCE | {"include": [1]}, "/include/0", NAME + ", not a number", None, None),
        (SOURCE | {"include": [["a"]]}, "/include/0", NAME + ", not a list", None, None),
        (SOURCE | {"include": ["a" * 65]}, "/include/0", NAME + ", but has 65", 64, 65),
        (SOURCE | {"include": [""]}, "/include/0", NAME + ", but has 0", 1, 0),
        (SOURCE | {"image_base64": 7}, "/image_base64", "image_base64 must be text, not a number", None, None),
        (SOURCE | {"min_confidense": 1}, "", f"the body {UNKNOWN_FIELD}did you mean min_confidence?", None, None),
        (SOURCE | {"image": "a"}, "", f"the body {UNKNOWN_FIELD}{THREE_WAYS}", None, None),
        (SOURCE | {"image_data": "a"}, "", f"the body {UNKNOWN_FIELD}{THREE_WAYS}", None, None),
        (SOURCE | {"image_b64": "a"}, "", f"the body {UNKNOWN_FIELD}did you mean image_base64?", None, None),
        (SOURCE | {"imageurl": "a"}, "", f"the body {UNKNOWN_FIELD}did you mean image_url?", None, None),
        ({"max_results": 0, "styl": 1}, "", f"the body {UNKNOWN_FIELD}did you mean style?", None, None),
        ({"s3": "a"}, "/s3", "s3 must be an object, not text", None, None),
        ({"s3": {"bucket": "abc"}}, "/s3/key", "s3.key is required: text of 1 to 1024 characters", None, None),
        ({"s3": {"bucket": "abc", "keyz": 1}}, "/s3", f"s3 {UNKNOWN_FIELD}did you mean key?", None, None),
        ({"s3": {"bucket": "abc", "key": "", "x": 1}}, "/s3", f"s3 {UNKNOWN_FIELD}allowed are bucket, key", None, None),
        ([], "", "the body must be an object, not a list", None, None),
    ],
)  # fmt: skip
def test_what_is_wrong_and_what_would_be_right(
    document: object, pointer: str, detail: str, limit: float | None, actual: int | None
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        validate(DetectRequest, document)
    found = refusal.value
    assert (found.pointer, found.detail, found.limit, found.actual) == (pointer, detail, limit, actual)


@pytest.mark.parametrize("name", ["image", "image_base64", "image_url"])
def test_a_route_with_one_way_to_the_picture_names_that(name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        validate(LabelsRequest, {name: "a", "labels": ["a"]})
    assert refusal.value.detail == f"the body {UNKNOWN_FIELD}send the picture as image_data"


def test_null_is_the_default() -> None:
    """Of every option that has one, as the schema says."""
    assert validate(DetectRequest, SOURCE | {"profile": None, "style": None}) == validate(DetectRequest, SOURCE)
    labels = SOURCE | {"labels": ["a"]}
    assert validate(ClassifyRequest, labels | {"mode": None, "profile": None}) == validate(ClassifyRequest, labels)
    for model in (DetectRequest, BatchRequest, ClassifyRequest):
        schema = model.model_json_schema()
        options = set(schema["properties"]) - set(schema.get("required", ()))
        assert [name for name in options if {"type": "null"} not in schema["properties"][name].get("anyOf", [])] == []


def test_an_option_that_nothing_would_read_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^profile is only for mode independent") as refusal:
        validate(ClassifyRequest, SOURCE | {"labels": ["a"], "profile": "contrast"})
    assert refusal.value.pointer == "/profile"
    for fields in ({"profile": None}, {"profile": "raw", "mode": "independent"}):
        validate(ClassifyRequest, SOURCE | {"labels": ["a"], **fields})
    with pytest.raises(InvalidRequest, match=r"^threshold is only for requested_filters") as refusal:
        validate(BatchRequest, {"images": [SOURCE], "threshold": 0.5})
    assert refusal.value.pointer == "/threshold"
    with pytest.raises(InvalidRequest, match=r"^reject is only for alignment") as refusal:
        validate(BatchRequest, {"images": [SOURCE], "reject": ["violence"]})
    assert refusal.value.pointer == "/reject"
    for given in ({"threshold": None}, {"threshold": 0.5, "requested_filters": ["beach"]}):
        validate(BatchRequest, {"images": [SOURCE], **given})


def test_the_pointer_leads_into_lists() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        validate(BatchRequest, {"images": [SOURCE, SOURCE | {"id": ""}]})
    assert refusal.value.pointer == "/images/1/id"
    assert refusal.value.detail == "images[1].id must be text of 1 to 128 characters, but has 0"
    with pytest.raises(InvalidRequest) as refusal:
        validate(BatchRequest, {"images": [SOURCE, {}]})
    assert (refusal.value.pointer, refusal.value.detail) == (
        "/images/1",
        f"images[1]: {ONE_SOURCE}none of them is given",
    )
    with pytest.raises(InvalidRequest) as refusal:
        validate(BatchRequest, {"images": [SOURCE] * 51})
    assert (refusal.value.pointer, refusal.value.limit, refusal.value.actual) == ("/images", 50, 51)


def options(**query: list[str]) -> DetectOptions:
    return validate(DetectOptions, query_document(DetectOptions, query), from_query=True)


def test_a_query_says_what_a_document_says() -> None:
    assert options(min_confidence=["0.5"], max_results=["3"], include=["anime,outfits", "beach"], style=["anime"]) == (
        DetectOptions(min_confidence=0.5, max_results=3, include=["anime", "outfits", "beach"], style="anime")
    )
    assert options() == DetectOptions()
    filters = query_document(AlignOptions, {"requested_filters": ["anime, beach"], "threshold": ["0"]})
    assert validate(AlignOptions, filters, from_query=True) == (
        AlignOptions(requested_filters=["anime", "beach"], threshold=0.0)
    )


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"min_confidence": ["x"]}, RATIO),
        ({"min_confidence": ["2"]}, RATIO),
        ({"min_confidence": [".1", ".2"]}, "min_confidence takes one value; the query has 2"),
        ({"max_results": ["1.5"]}, COUNT),
        ({"include": [""]}, NAME + ", but has 0"),
        ({"styl": ["1"]}, "the query has an unknown parameter; did you mean style?"),
        ({"styl": ["1", "2"]}, "the query has an unknown parameter; did you mean style?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_query(query: dict[str, list[str]], detail: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        options(**query)
    assert refusal.value.detail == detail


@pytest.mark.parametrize("value", ["", "true", "nan", "inf", "1e400", "0.5x", "½", "\0"])
def test_a_query_is_held_to_the_same_bounds(value: str) -> None:
    with pytest.raises(InvalidRequest):
        options(min_confidence=[value])


def test_numbers_read_from_a_query_are_the_same_doubles() -> None:
    for text in ("0.1", "0.30000000000000004", "1e-300", "0.9999999999999999"):
        assert options(min_confidence=[text]).min_confidence == float(text)
        assert math.copysign(1, float(text)) == 1


def test_parameters_keep_their_order_and_are_limited() -> None:
    assert query_values(QueryParams("a=2&b=&a=1&b=3")) == {"a": ["2", "1"], "b": ["", "3"]}
    most = "&".join(f"{number}=" for number in range(1024))
    assert len(query_values(QueryParams(most))) == 1024
    with pytest.raises(InvalidRequest) as refusal:
        query_values(QueryParams(f"{most}&a="))
    assert (refusal.value.limit, refusal.value.actual) == (1024, 1025)
