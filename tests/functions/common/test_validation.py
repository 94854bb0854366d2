"""Documents and query strings as request models: what is wrong, and where."""

import math

import pytest
from starlette.datastructures import QueryParams

from functions.common.errors import InvalidRequest
from functions.common.validation import query_document, query_values, validate
from functions.semantic.schemas.align import AlignOptions
from functions.semantic.schemas.batch import BatchRequest
from functions.semantic.schemas.detect import DetectOptions, DetectRequest

UNKNOWN_FIELD = "has a field that is not known here; "
SOURCE = {"image_base64": "AAAA"}


@pytest.mark.parametrize(
    ("document", "pointer", "detail", "limit"),
    [
        ({}, "", "expected exactly one of image_base64, image_url, s3, got 0", None),
        (SOURCE | {"image_url": "a"}, "", "expected exactly one of image_base64, image_url, s3, got 2", None),
        (SOURCE | {"min_confidence": 2}, "/min_confidence", "must be at most 1.0", 1.0),
        (SOURCE | {"min_confidence": "1"}, "/min_confidence", "must be a number", None),
        (SOURCE | {"max_results": 0}, "/max_results", "must be at least 1", 1),
        (SOURCE | {"max_results": 1.5}, "/max_results", "must be a whole number", None),
        (SOURCE | {"profile": "best"}, "/profile", "must be one of 'raw', 'contrast' or 'fitted'", None),
        (SOURCE | {"include": "anime"}, "/include", "must be a list", None),
        (SOURCE | {"include": []}, "/include", "must have at least 1 entries", 1),
        (SOURCE | {"include": ["a", 1]}, "/include/1", "must be text", None),
        (SOURCE | {"include": ["a" * 65]}, "/include/0", "must have at most 64 characters", 64),
        (SOURCE | {"min_confidense": 1}, "", UNKNOWN_FIELD + "did you mean min_confidence?", None),
        ({"s3": {"bucket": "abc"}}, "/s3/key", "is required", None),
        ({"s3": {"bucket": "abc", "key": "", "q": 1}}, "/s3/key", "must have at least 1 characters", 1),
        ({"s3": {"bucket": "abc", "key": "k", "keyz": 1}}, "/s3", UNKNOWN_FIELD + "did you mean key?", None),
        ({"s3": {"bucket": "abc", "key": "k", "x~/": 1}}, "/s3", UNKNOWN_FIELD + "it takes bucket, key", None),
        ([], "", "must be an object", None),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(document: object, pointer: str, detail: str, limit: float | None) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        validate(DetectRequest, document)
    assert (refusal.value.pointer, refusal.value.detail, refusal.value.limit) == (pointer, detail, limit)


def test_the_pointer_leads_into_lists() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        validate(BatchRequest, {"images": [SOURCE, SOURCE | {"id": ""}]})
    assert refusal.value.pointer == "/images/1/id"
    with pytest.raises(InvalidRequest) as refusal:
        validate(BatchRequest, {"images": [SOURCE] * 51})
    assert (refusal.value.pointer, refusal.value.limit, refusal.value.actual) == ("/images", 50, 51)


def options(**query: list[str]) -> DetectOptions:
    return validate(DetectOptions, query_document(DetectOptions, query), text_values=True)


def test_a_query_says_what_a_document_says() -> None:
    assert options(min_confidence=["0.5"], max_results=["3"], include=["anime,outfits", "beach"], style=["anime"]) == (
        DetectOptions(min_confidence=0.5, max_results=3, include=["anime", "outfits", "beach"], style="anime")
    )
    assert options() == DetectOptions()
    filters = query_document(AlignOptions, {"requested_filters": ["anime, beach"], "threshold": ["0"]})
    assert validate(AlignOptions, filters, text_values=True) == (
        AlignOptions(requested_filters=["anime", "beach"], threshold=0.0)
    )


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
