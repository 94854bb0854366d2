"""Bodies, headers and query strings before any endpoint sees them."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from functions.common.errors import BadRequest, InvalidRequest, MalformedHeader, MalformedJson
from functions.common.requests import (
    check_host,
    check_port,
    media_type,
    parse_json,
    query_document,
    validate,
)
from functions.semantic.schemas import AlignOptions, BatchRequest, DetectOptions, DetectRequest

UNKNOWN_FIELD = "has a field that is not known here; "
SOURCE = {"image_base64": "AAAA"}


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_a_document_or_refused(body: bytes) -> None:
    with suppress(BadRequest):
        parse_json(body)


JSON_BYTES = st.lists(
    st.sampled_from([b"{", b"}", b"[", b"]", b",", b":", b'"', b"a", b"1", b"-", b".", b"e9", b"\\u", b"d800", b"NaN",
                     b"true", b"null", b" ", b"\\", b"\xff", b"\xc3\xa9", b"\x00", b"Infinity", b"9" * 4301]),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(JSON_BYTES)
@settings(max_examples=500)
def test_anything_like_json_is_a_document_or_refused(body: bytes) -> None:
    with suppress(BadRequest):
        parse_json(body)


CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS), inner),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=200)
def test_every_document_is_understood(document: object) -> None:
    assert parse_json(json.dumps(document).encode()) == document
    assert parse_json(json.dumps(document, ensure_ascii=False).encode()) == document
    with suppress(InvalidRequest):
        validate(DetectRequest, document)


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 400 + ".0"])
def test_numbers_json_or_doubles_do_not_have(number: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_json(b"[" + number.encode() + b"]")


def test_where_it_stops_being_json() -> None:
    with pytest.raises(MalformedJson) as refusal:
        parse_json(b'{"a": 1,\n "b": ?}')
    assert refusal.value.detail == "line 2, column 7: not JSON"
    with pytest.raises(MalformedJson) as refusal:
        parse_json(b'{"\xff')
    assert refusal.value.detail == "byte 2 is not UTF-8"


def test_the_number_of_members_is_limited_in_every_object() -> None:
    most = {str(number): 0 for number in range(256)}
    assert parse_json(json.dumps([most]).encode()) == [most]
    with pytest.raises(InvalidRequest) as refusal:
        parse_json(json.dumps([most | {"one more": 0}]).encode())
    assert (refusal.value.limit, refusal.value.actual) == (256, 257)


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


@pytest.mark.parametrize("host", ["example.com", "a_b.example:443", "127.0.0.1:80", "[::1]", "[::1]:8005", "x:65535"])
def test_hosts(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize(
    "host", ["", ":", "a:", "a:b", "a:b:c", "a:65536", "a:-1", "a:+1", "a:1 ", "::1", "[::1", "a b", "a/b", "ä", "a\n",
             "a:1\n", "u@a", "a,b", "a:١"]
)  # fmt: skip
def test_no_hosts(host: str) -> None:
    with pytest.raises(MalformedHeader):
        check_host(host)


@pytest.mark.parametrize("port", ["", "abc", "-1", "1.0", "65536", "000001", "80 ", "٨٠", "80,443"])
def test_no_ports(port: str) -> None:
    with pytest.raises(MalformedHeader):
        check_port(port)


@pytest.mark.parametrize("port", ["0", "80", "00443", "65535"])
def test_ports(port: str) -> None:
    check_port(port)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        ("application/json", "application/json"),
        (" Application/JSON ; charset=utf-8", "application/json"),
        ("image/png;q=1", "image/png"),
        (";", ""),
    ],
)
def test_media_type(value: str | None, expected: str) -> None:
    sent: dict[str, Any] = {} if value is None else {"content-type": value}
    assert media_type(Headers(sent)) == expected
